import { createHash } from 'node:crypto';
import type { AttributeReader } from './attribute-reader';

/** Who worked where, under the keys that emitters of any kind use; the user as a pseudonym. */
export function whoAndWhere(read: AttributeReader): {
  session: string;
  user: string;
  repository: string;
  branch: string;
} {
  return {
    session: read.text('session', ...SESSION_KEYS),
    user: pseudonym(read.text('user', ...USER_KEYS)),
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

/** A short, stable name that does not tell who it is; one that is a pseudonym already is kept. */
function pseudonym(identity: string): string {
  if (identity === '' || /^(user-[0-9a-f]{12}|pseudonym:.*)$/.test(identity)) return identity;
  return `user-${createHash('sha256').update(identity).digest('hex').slice(0, 12)}`;
}
