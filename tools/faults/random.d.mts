export function seeded(seed: number): {
  below(limit: number): number;
  between(from: number, to: number): number;
  pick<T>(list: T[]): T;
};
