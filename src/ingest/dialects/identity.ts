import type { AttributeReader } from './attribute-reader';

/** Who worked where, under the keys that emitters of any kind use; the user as the emitter has it. */
export function whoAndWhere(read: AttributeReader): {
  session: string;
  user: string;
  repository: string;
  branch: string;
} {
  return {
    session: read.text('session', ...SESSION_KEYS),
    user: read.text('user', ...USER_KEYS),
    repository: read.text('repository', ...REPOSITORY_KEYS),
    branch: read.text('branch', ...BRANCH_KEYS),
  };
}

const SESSION_KEYS = [
  'gen_ai.conversation.id',
  'session.id',
  'conversation.id',
  'ai.telemetry.metadata.sessionId',
  'langfuse.session.id',
  'traceloop.association.properties.session_id',
  'thread_id',
];
const USER_KEYS = [
  'telltale.user.pseudonym',
  'user.account_uuid',
  'user.account_id',
  'user.id',
  'user.email',
  'enduser.id',
  'ai.telemetry.metadata.userId',
  'traceloop.association.properties.user_id',
];
const REPOSITORY_KEYS = [
  'vcs.repository.url.full',
  'vcs.repository.name',
  'github.copilot.git.repository',
  'repository',
  'git.repository',
];
const BRANCH_KEYS = ['vcs.ref.head.name', 'github.copilot.git.branch', 'branch', 'git.branch'];
