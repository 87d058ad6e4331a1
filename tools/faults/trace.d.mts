export type Call = {
  thread: string;
  name: string;
  begins: boolean;
  ends: boolean;
  file: string;
  path: string;
  result: number | null;
  text: string;
};
export function parseLine(line: string): Call | null;
export class Trace {
  answers: number;
  violations: string[];
  push(line: string): void;
}
