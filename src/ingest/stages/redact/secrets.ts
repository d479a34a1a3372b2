/** A kind of credential that can be told by its looks. */
export interface SecretDetector {
  readonly name: string;
  /** With the flag `g`. What matches is replaced, or its first group where it has one. */
  readonly pattern: RegExp;
  /** Regular expression, cheap to search for, that matches wherever `pattern` does. */
  readonly hint: string;
}

/** All detectors. Patterns are written so that their work is linear in the text: no repetition within a repetition. */
export const SECRET_DETECTORS: readonly SecretDetector[] = [
  { name: 'anthropic-key', pattern: /\bsk-ant-[\w-]{16,}/g, hint: 'sk-ant-' },
  { name: 'openai-key', pattern: /\bsk-(?!ant-)[\w-]{20,}/g, hint: 'sk-' },
  { name: 'github-token', pattern: /\b(?:gh[pousr]_\w{30,}|github_pat_\w{40,})/g, hint: 'gh[pousr]_|github_pat_' },
  { name: 'gitlab-token', pattern: /\bglpat-[\w-]{20,}/g, hint: 'glpat-' },
  { name: 'aws-access-key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, hint: 'A[KS]IA' },
  {
    name: 'aws-secret-key',
    pattern: /aws_secret_access_key["']?\s{0,4}[=:]\s{0,4}["']?([A-Za-z0-9/+=]{40})/gi,
    hint: '[aA][wW][sS]_',
  },
  { name: 'slack-token', pattern: /\bxox[abeoprs]-[\w-]{10,}/g, hint: 'xox[abeoprs]-' },
  { name: 'slack-webhook', pattern: /hooks\.slack\.com\/services\/([\w/]{20,})/g, hint: 'hooks\\.slack' },
  { name: 'google-api-key', pattern: /\bAIza[\w-]{35}/g, hint: 'AIza' },
  { name: 'stripe-key', pattern: /\b[rs]k_live_\w{16,}/g, hint: 'k_live_' },
  { name: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}/g, hint: 'npm_' },
  { name: 'huggingface-token', pattern: /\bhf_[A-Za-z0-9]{30,}/g, hint: 'hf_' },
  { name: 'jwt', pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g, hint: 'eyJ' },
  {
    name: 'private-key',
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
    hint: '-----BEGIN',
  },
  {
    name: 'bearer-token',
    pattern: /\b(?:bearer|basic)\s{1,4}([\w.~+/-]{16,}={0,2})/gi,
    hint: '[bB][eE][aA][rR][eE][rR]|[bB][aA][sS][iI][cC]',
  },
  {
    name: 'url-password',
    pattern: /:\/\/[^\s/:@]{0,64}:([^\s/@]{1,128})@/g,
    hint: ':\\/\\/[^\\s\\/:@]{0,64}:[^\\s\\/@]{1,128}@',
  },
  {
    name: 'assigned-secret',
    pattern:
      /\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret)["']?\s{0,4}[=:]\s{0,4}["']?([^\s"'&,;<>{}[\]]{6,})/gi,
    hint: '[pP][aA][sS][sS][wW]|[pP][wW][dD]|[sS][eE][cC][rR][eE][tT]|[aA][pP][iI][_-]?[kK][eE][yY]|[tT][oO][kK][eE][nN]["\']?\\s{0,4}[=:]',
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
