/**
 * What a status means, why it comes and what to do next: one table for the console, the docs and `GET /v1/reference/status-codes`. The
 * eleven statuses of the product's documentation keep its wording; every other status that the product can emit has an entry too (tested).
 */
export const statusClasses = ['success', 'redirection', 'clientError', 'serverError'] as const;
export type StatusClass = (typeof statusClasses)[number];

export type StatusCode = {
  code: number;
  meaning: string;
  class: StatusClass;
  description: string;
  /** Most likely first. Empty when nothing went wrong. */
  causes: readonly string[];
  whatToDo: readonly string[];
  /** Where to read on: a path of the product itself. */
  link?: string;
};

type Row = Omit<StatusCode, 'class'>;

const successes: readonly Row[] = [
  { code: 200, meaning: 'OK', description: 'Request successful', causes: [], whatToDo: ['Nothing to do.'] },
  {
    code: 201,
    meaning: 'Created',
    description: 'Resource created successfully',
    causes: [],
    whatToDo: ['Keep the id of the answer; the Location header names the new resource.'],
  },
  {
    code: 202,
    meaning: 'Accepted',
    description: 'Request accepted, the work goes on after the answer',
    causes: [],
    whatToDo: ['Ask the address of the Location header until its state says that it is done.'],
  },
  {
    code: 204,
    meaning: 'No Content',
    description: 'Successful, no response body',
    causes: [],
    whatToDo: ['Do not parse a body: there is none.'],
  },
  {
    code: 206,
    meaning: 'Partial Content',
    description: 'Successful, the body is the part that was asked for',
    causes: ['The request carried a Range header'],
    whatToDo: ['Leave the Range header away to receive the whole body.'],
  },
];

const redirections: readonly Row[] = [
  {
    code: 301,
    meaning: 'Moved Permanently',
    description: 'The address has changed for good',
    causes: ['A page of the console or of the documentation was asked for at an old address'],
    whatToDo: ['Follow the Location header, and use that address from now on.'],
  },
  {
    code: 302,
    meaning: 'Found',
    description: 'The answer is at another address for now',
    causes: ['A page of the console or of the documentation was asked for without its closing slash'],
    whatToDo: ['Follow the Location header.'],
  },
  {
    code: 304,
    meaning: 'Not Modified',
    description: 'Successful, the copy that the client has is still current',
    causes: ['The request carried If-None-Match or If-Modified-Since'],
    whatToDo: ['Use the copy at hand.'],
  },
];

const requestErrors: readonly Row[] = [
  {
    code: 400,
    meaning: 'Bad Request',
    description: 'Invalid request format or parameters',
    causes: ['Invalid request format or parameters', 'The body is not valid JSON', 'A field is missing, unknown or out of range'],
    whatToDo: ['Review request format and parameters.', 'Check API documentation for correct structure.', 'Validate JSON payloads.'],
    link: '/docs',
  },
  {
    code: 401,
    meaning: 'Unauthorized',
    description: 'Invalid or missing API key',
    causes: ['Invalid or missing API key', 'The key was revoked, has expired or was mistyped', 'The session has ended'],
    whatToDo: [
      'Send the header Authorization: Bearer followed by a key that is in use.',
      'Many of them at once are possible unauthorized access attempts: check if the API key was leaked and review IP addresses for patterns.',
    ],
  },
  {
    code: 403,
    meaning: 'Forbidden',
    description: 'API key lacks required permissions',
    causes: ['API key lacks required permissions', 'The role of the person does not allow it', 'The key may not be used from that address'],
    whatToDo: ['Compare the scopes of the key with what the operation needs.', 'Ask an admin for a key or a role that allows it.'],
  },
  {
    code: 404,
    meaning: 'Not Found',
    description: "Endpoint or resource doesn't exist",
    causes: ["Endpoint or resource doesn't exist", 'The version in the URL is wrong', 'The id belongs to another organization'],
    whatToDo: ['Verify endpoint URL is correct.', 'Check API version in URL.', 'Ensure resource IDs exist.'],
    link: '/docs',
  },
  {
    code: 405,
    meaning: 'Method Not Allowed',
    description: 'The endpoint exists, but does not take this method',
    causes: ['GET, POST, PUT, PATCH or DELETE was mixed up'],
    whatToDo: ['Use one of the methods that the Allow header of the answer names.'],
    link: '/docs',
  },
  {
    code: 408,
    meaning: 'Request Timeout',
    description: 'The request took too long to arrive',
    causes: ['A slow or broken connection', 'A Content-Length larger than the body that was sent'],
    whatToDo: ['Send the request again.', 'Check that Content-Length is the length of the body.'],
  },
  {
    code: 409,
    meaning: 'Conflict',
    description: 'The state of the resource does not allow this',
    causes: ['The transition is not possible from this state', 'The name is in use', 'The same Idempotency-Key is being worked on'],
    whatToDo: ['Read the resource again and decide with what it says now.'],
  },
  {
    code: 410,
    meaning: 'Gone',
    description: 'It was there, and is not any more',
    causes: ['A one-time link was used before or has expired'],
    whatToDo: ['Ask an admin for a new invitation.'],
  },
  {
    code: 413,
    meaning: 'Payload Too Large',
    description: 'The request body is too large',
    causes: ['The body is larger than 1 MiB'],
    whatToDo: ['Send less at once.'],
  },
  {
    code: 414,
    meaning: 'URI Too Long',
    description: 'The address of the request is too long',
    causes: ['A value that belongs into the body was put into the URL'],
    whatToDo: ['Shorten the URL.'],
  },
  {
    code: 415,
    meaning: 'Unsupported Media Type',
    description: 'The content type is not supported',
    causes: ['The Content-Type header is missing or is not application/json'],
    whatToDo: ['Send JSON with the header Content-Type: application/json.'],
  },
  {
    code: 416,
    meaning: 'Range Not Satisfiable',
    description: 'The part that was asked for lies outside the file',
    causes: ['The Range header begins beyond the end of the file', 'A download went on although the file was complete already'],
    whatToDo: ['The Content-Range header of the answer says how long the file is.', 'Leave the Range header away to receive all of it.'],
  },
  {
    code: 417,
    meaning: 'Expectation Failed',
    description: 'The expectation of the request cannot be met',
    causes: ['The Expect header asks for something other than 100-continue'],
    whatToDo: ['Leave the Expect header away.'],
  },
  {
    code: 422,
    meaning: 'Unprocessable Content',
    description: 'The request is well formed, but cannot be accepted',
    causes: ['The Idempotency-Key was used with another request in the last 24 hours'],
    whatToDo: ['Use a new Idempotency-Key for every new request, and the same one only to repeat a request.'],
  },
  {
    code: 429,
    meaning: 'Too Many Requests',
    description: 'Rate limit exceeded',
    causes: [
      'Rate limit exceeded',
      'One key or the whole organization makes more requests a minute than its limit',
      'A loop without end in the calling code',
    ],
    whatToDo: [
      'Wait as long as the Retry-After header says.',
      'Implement exponential backoff.',
      'Distribute load across multiple keys, where the limit of one key was hit (key_limit).',
    ],
  },
  {
    code: 431,
    meaning: 'Request Header Fields Too Large',
    description: 'The header of the request is too large',
    causes: ['A very long URL, cookie or other header'],
    whatToDo: ['Shorten the URL and the headers to less than 32 KiB together.'],
  },
  {
    code: 499,
    meaning: 'Client Closed Request',
    description: 'The client left before an answer was sent',
    causes: ['The time-out of the client is shorter than the work takes', 'The connection broke', 'The calling program was stopped'],
    whatToDo: [
      'Raise the time-out of the client.',
      'Repeat the request with the same Idempotency-Key: it is not known to the client whether it took effect.',
    ],
  },
];

const serverErrors: readonly Row[] = [
  {
    code: 500,
    meaning: 'Internal Server Error',
    description: 'Something failed on our side',
    causes: ['An error in the product'],
    whatToDo: ['Contact support if persists', 'Name the request id: the answer and the record carry it.'],
  },
  {
    code: 501,
    meaning: 'Not Implemented',
    description: 'The method is not implemented',
    causes: ['The request uses a method such as CONNECT, which no endpoint takes'],
    whatToDo: ['Use a method that the documentation names.'],
    link: '/docs',
  },
  {
    code: 502,
    meaning: 'Bad Gateway',
    description: 'A service that this operation needs gave no valid answer',
    causes: ['Temporary issue'],
    whatToDo: ['Temporary issue, retry with backoff'],
  },
  {
    code: 503,
    meaning: 'Service Unavailable',
    description: 'System maintenance or overload',
    causes: ['System maintenance or overload', 'The database cannot be reached', 'The request cannot be recorded, so it is not accepted'],
    whatToDo: ['Wait as long as the Retry-After header says, then repeat the request.'],
  },
  {
    code: 504,
    meaning: 'Gateway Timeout',
    description: 'A service that this operation needs did not answer in time',
    causes: ['Temporary issue'],
    whatToDo: ['Retry with backoff, and with the same Idempotency-Key: the first attempt may have taken effect.'],
  },
];

const inClass = (name: StatusClass, rows: readonly Row[]): StatusCode[] => rows.map((row) => ({ ...row, class: name }));

export const statusCodes: readonly StatusCode[] = [
  ...inClass('success', successes),
  ...inClass('redirection', redirections),
  ...inClass('clientError', requestErrors),
  ...inClass('serverError', serverErrors),
];

const byCode = new Map(statusCodes.map((row) => [row.code, row]));
export const statusCodeOf = (code: number): StatusCode | null => byCode.get(code) ?? null;
