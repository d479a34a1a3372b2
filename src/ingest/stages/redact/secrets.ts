import type { MarkerText } from '../../text-finder';

/** A kind of credential that can be told by its looks. */
export interface SecretDetector {
  readonly name: string;
  /** With the flag `g`. What matches is replaced, or its first group where it has one. */
  readonly pattern: RegExp;
  /** Texts of which one stands wherever `pattern` matches. */
  readonly hints: readonly MarkerText[];
}

/** Something is given to a name; whether the name is one of a secret, the detector says. */
const ASSIGNED = /(?:password|passwd|pwd|secret|key|token)["']?\s{0,4}[=:]/i;

/** All detectors. Patterns are written so that their work is linear in the text: no repetition within a repetition. */
export const SECRET_DETECTORS: readonly SecretDetector[] = [
  { name: 'anthropic-key', pattern: /\bsk-ant-[\w-]{16,}/g, hints: [{ text: 'sk-ant-' }] },
  { name: 'openai-key', pattern: /\bsk-(?!ant-)[\w-]{20,}/g, hints: [{ text: 'sk-', confirm: /\bsk-[\w-]{20}/ }] },
  {
    name: 'github-token',
    pattern: /\b(?:gh[pousr]_\w{30,}|github_pat_\w{40,})/g,
    hints: [
      { text: 'ghp_' },
      { text: 'gho_' },
      { text: 'ghu_' },
      { text: 'ghs_' },
      { text: 'ghr_' },
      { text: 'github_pat_' },
    ],
  },
  { name: 'gitlab-token', pattern: /\bglpat-[\w-]{20,}/g, hints: [{ text: 'glpat-' }] },
  {
    name: 'aws-access-key',
    pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
    hints: [{ text: 'AKIA' }, { text: 'ASIA', confirm: /ASIA[A-Z0-9]{16}/ }],
  },
  {
    name: 'aws-secret-key',
    pattern: /aws_secret_access_key["']?\s{0,4}[=:]\s{0,4}["']?([A-Za-z0-9/+=]{40})/gi,
    hints: [{ text: 'aws_secret_access_key', caseless: true }],
  },
  { name: 'slack-token', pattern: /\bxox[abeoprs]-[\w-]{10,}/g, hints: [{ text: 'xox', confirm: /xox[abeoprs]-/ }] },
  {
    name: 'slack-webhook',
    pattern: /hooks\.slack\.com\/services\/([\w/]{20,})/g,
    hints: [{ text: 'hooks.slack.com' }],
  },
  { name: 'google-api-key', pattern: /\bAIza[\w-]{35}/g, hints: [{ text: 'AIza' }] },
  { name: 'stripe-key', pattern: /\b[rs]k_live_\w{16,}/g, hints: [{ text: 'k_live_' }] },
  { name: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}/g, hints: [{ text: 'npm_', confirm: /npm_[A-Za-z0-9]{30}/ }] },
  {
    name: 'huggingface-token',
    pattern: /\bhf_[A-Za-z0-9]{30,}/g,
    hints: [{ text: 'hf_', confirm: /hf_[A-Za-z0-9]{30}/ }],
  },
  {
    name: 'jwt',
    pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g,
    hints: [{ text: 'eyJ', confirm: /eyJ[\w-]{8}/ }],
  },
  {
    name: 'private-key',
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
    hints: [{ text: '-----BEGIN' }],
  },
  {
    name: 'bearer-token',
    pattern: /\b(?:bearer|basic)\s{1,4}([\w.~+/-]{16,}={0,2})/gi,
    hints: [
      { text: 'bearer', caseless: true, confirm: /bearer\s{1,4}[\w.~+/-]{16}/i },
      { text: 'basic', caseless: true, confirm: /basic\s{1,4}[\w.~+/-]{16}/i },
    ],
  },
  {
    name: 'url-password',
    pattern: /:\/\/[^\s/:@]{0,64}:([^\s/@]{1,128})@/g,
    hints: [{ text: '://', confirm: /:\/\/[^\s/:@]{0,64}:[^\s/@]{1,128}@/ }],
  },
  {
    name: 'assigned-secret',
    pattern:
      /\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret)["']?\s{0,4}[=:]\s{0,4}["']?([^\s"'&,;<>{}[\]]{6,})/gi,
    hints: ['password', 'passwd', 'pwd', 'secret', 'apikey', 'api_key', 'api-key', 'token'].map((text) => ({
      text,
      caseless: true,
      confirm: ASSIGNED,
    })),
  },
];

/** Masks everything a detector finds; tells `onFound` which. */
export function maskSecrets(text: string, onFound: (name: string) => void): string {
  let masked = text;
  for (const { name, pattern } of SECRET_DETECTORS) {
    masked = masked.replace(pattern, (whole: string, group: string | number | undefined) => {
      // Masked before, by a detector that knew more.
      if (whole.includes(MASK_START)) return whole;
      onFound(name);
      const mask = `${MASK_START}${name}]`;
      return typeof group === 'string' ? whole.replace(group, mask) : mask;
    });
  }
  return masked;
}

/** How every mask begins. */
export const MASK_START = '[redacted:';
