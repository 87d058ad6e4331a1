/** What the router itself would answer: read from its own picture of its tree, for it has no list. */

/** `GET /v1/invoices/{id}`, HEAD apart: Fastify adds it to every GET. */
export function routesOf(picture: string): string[] {
  const way: string[] = [];
  return picture
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? unreadable(line);
      const depth = indent.length / 4;
      way.splice(depth, Infinity, segment);
      const template = way.join('').replace(/:(\w+)/g, '{$1}');
      return methods
        .split(', ')
        .filter((method) => method !== '' && method !== 'HEAD')
        .map((method) => `${method} ${template}`);
    });
}

function unreadable(line: string): never {
  throw new Error(`The router draws its tree in another way than it did: "${line}" cannot be read.`);
}
