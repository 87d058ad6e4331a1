// What PostgreSQL holds, read past every wall.
const rows = `select id::text, client_request_id as label, user_agent as agent, organization_id::text as organization, kind, method, path,
  status, outcome, reason, error ->> 'detail' as detail, sequence::int from app.audit_record`;
const heads = 'select organization_id::text as organization, sequence::int from app.audit_head';
const effects = [
  `select 'customer' as what, name as label, null as finalized from app.customer`,
  `select 'invoice', lines -> 0 ->> 'description', null from app.invoice`,
  `select 'finalization', null, id::text from app.invoice where finalized_at is not null`,
].join(' union all ');

export async function readStored(product) {
  const [{ count }] = await product.query('select count(*)::int as count from app.audit_quarantine');
  return { rows: await product.query(rows), heads: await product.query(heads), effects: await product.query(effects), quarantined: count };
}
