/**
 * What looks like a secret in a text that somebody wrote: keys and tokens of ours and of the makers whose tokens people paste most, by their published forms.
 * Each begins where its word begins, or asks first whether the word can be one: a caller sends 16 KB without a blank, and a thousand rows of that are read.
 */
const word = (body: string): string => `(?<![\\w-])(?:${body})`;

const shapes: readonly string[] = [
  // Ids of people that nobody knows a role of, and keys of ours.
  String.raw`\busr_[0-9a-z]{26}\b`,
  String.raw`\bpbk_[0-9A-Za-z]{8,}`,
  String.raw`\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}`,
  // JSON Web Tokens.
  String.raw`(?<![\w-])(?=[\w-]+\.[\w-]+\.)[\w-]*?\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*`,
  // GitHub, GitLab, npm.
  word(String.raw`gh[oprsu]_[0-9A-Za-z]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[0-9A-Za-z]{20,}`),
  // AWS: ids of keys, and secrets where they are called so.
  String.raw`(?<![0-9A-Za-z])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z])`,
  String.raw`(?<=(?:[Ss]ecret_?[Aa]ccess_?[Kk]ey|SECRET_ACCESS_KEY)["']?\s{0,5}[:=]\s{0,5}["']?)[0-9A-Za-z/+]{40}`,
  // Slack: tokens, and addresses that take messages.
  word(String.raw`xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}`),
  String.raw`\bhooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]+`,
  // Stripe.
  word(String.raw`(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z]{16,}`),
  // Google.
  word(String.raw`AIza[\w-]{35}|GOCSPX-[\w-]{20,}|ya29\.[\w.-]{20,}`),
  // OpenAI and Anthropic.
  word(String.raw`sk-(?:ant|proj)-[\w-]{16,}`),
  // A private key in PEM, or as much of it as is there.
  String.raw`-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:(?!-----)[\s\S])*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?`,
];

export const secretLike = new RegExp(shapes.join('|'), 'g');
