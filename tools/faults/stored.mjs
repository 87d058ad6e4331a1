// What PostgreSQL holds, read past every wall.
const rowsOf = (
  log,
) => `select id::text, client_request_id as label, user_agent as agent, organization_id::text as organization, kind, method,
  path, status, outcome, reason, error ->> 'detail' as detail, gap, sequence::int from ${log}`;
const heads = 'select organization_id::text as organization, sequence::int from app.audit_head';
const effects = [
  `select 'customer' as what, name as label, null as finalized from app.customer`,
  `select 'invoice', lines -> 0 ->> 'description', null from app.invoice`,
  `select 'finalization', null, id::text from app.invoice where finalized_at is not null`,
].join(' union all ');

/** The view, where there is one, has the columns of a record under their old names. */
export async function logOf(product) {
  const [{ view }] = await product.query(`select to_regclass('app.audit_record') is not null as view`);
  return view ? 'app.audit_record' : 'app.audit_log';
}

/** How many of these records are there. */
export async function countStored(product, ids) {
  const [{ count }] = await product.query(`select count(*)::int as count from ${await logOf(product)} where id = any($1::uuid[])`, [ids]);
  return count;
}

export async function readStored(product) {
  const [{ count }] = await product.query('select count(*)::int as count from app.audit_quarantine');
  return {
    rows: await product.query(rowsOf(await logOf(product))),
    heads: await product.query(heads),
    effects: await product.query(effects),
    quarantined: count,
  };
}
