/**
 * Rules 1 and 5 of the log's tables, over the SQL that stands in the sources: every statement names the organization, which is what a distributed
 * PostgreSQL (Citus) routes by; and every read of the log has a range of `occurred_at`, so that partitions are pruned. What is put together at run time is
 * seen as far as it is written down: a part in `${...}` counts by its name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export type Finding = { file: string; rule: 'organization' | 'range'; sql: string };

const tables = 'audit_(?:log|record|caller|route|agent|rollup|head|intent)';
const statement = new RegExp(`\\b(?:from|join|into|update)\\s+(?:only\\s+)?${tables}\\b`, 'i');
const readsLog = /\b(?:from|join)\s+(?:only\s+)?audit_(?:log|record)\b/i;
const hasOrganization = /organization_?id|\borganization\b/i;
const hasRange = /\boccurred_at\s*(?:[<>=]|between\b)/i;

export function findingsIn(file: string, source: string): Finding[] {
  return sqlIn(source)
    .filter((sql) => statement.test(sql))
    .flatMap((sql): Finding[] => [
      ...(hasOrganization.test(sql) ? [] : [{ file, rule: 'organization', sql } as const]),
      ...(readsLog.test(sql) && !hasRange.test(sql) ? [{ file, rule: 'range', sql } as const] : []),
    ]);
}

/** Every text of the source, with the parts that are put in left as they are written. */
function sqlIn(source: string): string[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) found.push(node.getText(file));
    // What stands within a template belongs to it.
    if (!ts.isTemplateExpression(node)) ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const folders = ['apps/api/src', 'libs/audit/src'];
/** Migrations move and make whole tables; what they leave behind is asked of the catalogue (citus.db.spec.ts). */
const isQueried = (file: string): boolean =>
  file.endsWith('.ts') && !/\.spec\.ts$|^apps\/api\/src\/database\/migrations\/|\/testing\/|-schema\.ts$/.test(file);

export function findingsBelow(root: string): Finding[] {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
    .filter(isQueried)
    .flatMap((file) => findingsIn(file, readFileSync(join(root, file), 'utf8')));
}
