/**
 * How much of the server one client may hold, and for how long. All of them together: a client that is slow, or silent, loses its connection
 * before it keeps others out. What Node would answer by itself beyond a limit is answered, and recorded, by the recorder. Documented in
 * docs/operations.md, "Limits".
 */
const KIB = 1024;
const SECOND = 1_000;

export const serverLimits = {
  /** Far more than 100 lines of an invoice, the largest body that an operation takes. */
  bodyBytes: 1024 * KIB,
  /** Request line and headers together. A 16 KiB user agent is stored whole; proxies pass on less than this. */
  headerBytes: 32 * KIB,
  /** Of one segment of a path. Ids have 30 characters, invitation tokens 43. */
  pathSegmentCharacters: 500,
  /** From the connection, or from the first byte of a later request, to the end of the headers: they are one packet on any usable network. */
  headersMs: 10 * SECOND,
  /** To the end of the body: 1 MiB at 35 KiB a second. */
  requestMs: 30 * SECOND,
  /** Longer than the 60 s of the usual load balancers: they must be the ones who close, or they send into a closed connection. */
  keepAliveMs: 65 * SECOND,
  /** Nothing moved in either direction: a client that does not read its answer. Longer than any statement may take (database/data-source.ts). */
  silenceMs: 70 * SECOND,
  /** Node looks for late requests only every 30 s by default: the timeouts would be three times what they say. */
  lookEveryMs: SECOND,
} as const;

/** For FastifyAdapter. */
export const serverOptions = {
  bodyLimit: serverLimits.bodyBytes,
  keepAliveTimeout: serverLimits.keepAliveMs,
  requestTimeout: serverLimits.requestMs,
  connectionTimeout: serverLimits.silenceMs,
  // What arrives on an open connection during the stop is answered as always; then the connection closes.
  return503OnClosing: false,
  // find-my-way answers 414 beyond.
  routerOptions: { maxParamLength: serverLimits.pathSegmentCharacters },
  http: {
    maxHeaderSize: serverLimits.headerBytes,
    headersTimeout: serverLimits.headersMs,
    connectionsCheckingInterval: serverLimits.lookEveryMs,
    requireHostHeader: false,
  },
};

/** What the process has open besides its clients: files of the journal, the database, the programs that it runs. */
const OTHER_FILES = 200;

/** A line for the operator when the operating system allows fewer open files than the connections need; null when all is well. */
export function tooFewFiles(maxConnections: number, openFiles: number | null = openFilesAllowed()): string | null {
  const needed = maxConnections + OTHER_FILES;
  if (openFiles === null || openFiles >= needed) return null;
  return (
    `The operating system allows this process ${openFiles} open files, and ${maxConnections} connections need ${needed}: clients will be turned ` +
    `away earlier, and the journal may fail. Raise it (ulimit -n ${needed}), or lower PINEBILL_MAX_CONNECTIONS.`
  );
}

type UserLimits = { userLimits?: { open_files?: { soft?: number | 'unlimited' } } };

/** Null: no limit, or the system does not tell. */
function openFilesAllowed(): number | null {
  // The report would otherwise look the names of all peers up.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as UserLimits;
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : null;
}
