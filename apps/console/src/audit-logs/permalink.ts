/** Leads whoever may read the log to this row, whatever filter or view they have. */
export const permalinkOf = (id: string): string => `${window.location.origin}${window.location.pathname}#/audit-logs?open=${id}`;
