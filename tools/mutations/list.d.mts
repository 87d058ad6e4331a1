export type Mutation = { name: string; file: string; find: string; replace: string; at?: number; specs: readonly string[] };
export const mutations: readonly Mutation[];
export function doorsOf(root: string): Mutation[];
export function specFiles(root: string, mutation: Pick<Mutation, 'specs'>): string[];
export function mutated(text: string, mutation: Mutation): string;
