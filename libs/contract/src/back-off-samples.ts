/**
 * How to call an API that limits: wait as long as `Retry-After` says, without that 1, 2, 4, ... seconds, and give up in the end. As a person copies it; the
 * spec beside it runs this very text. Nothing but what comes with each language.
 */
export const sampleLanguages = ['curl', 'javascript', 'python'] as const;
export type SampleLanguage = (typeof sampleLanguages)[number];

export type BackOffSample = { language: SampleLanguage; title: string; note: string; code: string };

/** `url`: of the call, as it shall be made. The key is taken from the environment. */
export const backOffSamples = (url: string): BackOffSample[] => [
  {
    language: 'curl',
    title: 'curl',
    note: 'curl 7.66 or newer waits as long as Retry-After says, and doubles its pause where the answer has none.',
    code: curl(url),
  },
  {
    language: 'javascript',
    title: 'JavaScript',
    note: 'Node.js 20 or newer; saved as a module (.mjs).',
    code: javascript(url),
  },
  { language: 'python', title: 'Python', note: 'Python 3.8 or newer, nothing to install.', code: python(url) },
];

const curl = (url: string): string => `curl --silent --show-error --fail --retry 5 --retry-max-time 300 \\
  -H "Authorization: Bearer $PINEBILL_API_KEY" \\
  '${url}'
`;

const javascript = (url: string): string => `const mayTryAgain = (status) => status === 429 || status >= 500;

async function callWithBackOff(url, options, attempts = 6) {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, options);
    if (!mayTryAgain(response.status) || attempt === attempts) return response;
    // As long as the server says; else 1, 2, 4, ... seconds.
    const said = Number(response.headers.get('retry-after'));
    const seconds = said > 0 ? said : 2 ** (attempt - 1);
    // A little more, so that many clients do not come back at once.
    await new Promise((resolve) => setTimeout(resolve, (seconds + Math.random() / 4) * 1000));
  }
}

const response = await callWithBackOff('${url}', {
  headers: { authorization: \`Bearer \${process.env.PINEBILL_API_KEY}\` },
});
if (!response.ok) throw new Error(\`\${response.status} \${await response.text()}\`);
console.log(await response.text());
`;

const python = (url: string): string => `import os, random, time, urllib.error, urllib.request

def call_with_back_off(request, attempts=6):
    for attempt in range(attempts):
        try:
            return urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            may_try_again = error.code == 429 or error.code >= 500
            if not may_try_again or attempt == attempts - 1:
                raise
            # As long as the server says; else 1, 2, 4, ... seconds.
            said = error.headers.get("Retry-After", "")
            seconds = int(said) if said.isdigit() else 2 ** attempt
            # A little more, so that many clients do not come back at once.
            time.sleep(seconds + random.random() / 4)

request = urllib.request.Request("${url}")
request.add_header("Authorization", "Bearer " + os.environ["PINEBILL_API_KEY"])
with call_with_back_off(request) as response:
    print(response.read().decode())
`;
