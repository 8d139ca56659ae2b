/** Who may come to each door, and what becomes of it; docs/security.md shows this very table, and the test tries each cell. */
export const TABLE = `
| door                                      | nobody | stranger | guest | deactivated | member | approver | former approver | requester | admin | admin elsewhere | pipeline |
| ----------------------------------------- | ------ | -------- | ----- | ----------- | ------ | -------- | --------------- | --------- | ----- | --------------- | -------- |
| webhook: open a request                   | shut   | shut     | shut  | shut        | no     | no       | no              | no        | no    | no              | acts     |
| webhook: a notification of Harness        | shut   | shut     | shut  | shut        | no     | no       | no              | no        | no    | no              | acts     |
| Slack: open the Home (event)              | shut   | no       | no    | no          | no     | sees     | no              | sees      | no    | no              | –        |
| Slack: be given Alice’s address (event)   | shut   | no       | no    | no          | no     | no       | no              | no        | no    | no              | –        |
| Slack: install, OAuth’s way back          | shut   | shut     | shut  | shut        | shut   | shut     | shut            | shut      | acts  | no              | –        |
| Slack: press Approve                      | shut   | no       | no    | no          | no     | acts     | no              | no        | no    | no              | –        |
| Slack: press Reject (opens a form)        | shut   | no       | no    | no          | no     | sees     | no              | no        | no    | no              | –        |
| Slack: send that form                     | shut   | no       | no    | no          | no     | acts     | no              | no        | no    | no              | –        |
| Slack: /approvals request                 | shut   | no       | no    | no          | no     | sees     | sees            | sees      | sees  | no              | –        |
| Slack: /approvals cancel                  | shut   | no       | no    | no          | no     | no       | no              | acts      | acts  | no              | –        |
| Slack: /approvals reassign                | shut   | no       | no    | no          | no     | no       | no              | no        | acts  | no              | –        |
| Teams: press Approve                      | shut   | shut     | no    | no          | no     | acts     | no              | no        | no    | shut            | –        |
| Teams: press Reject (opens a dialog)      | shut   | shut     | no    | no          | no     | sees     | no              | no        | no    | shut            | –        |
| Teams: send that dialog                   | shut   | shut     | no    | no          | no     | acts     | no              | no        | no    | shut            | –        |
| Teams: the card asks for itself (refresh) | shut   | shut     | no    | no          | no     | sees     | no              | no        | no    | shut            | –        |
| Teams: type cancel                        | shut   | shut     | no    | no          | no     | no       | no              | acts      | acts  | shut            | –        |
| Teams: bring the app to Alice’s chat      | shut   | shut     | no    | no          | no     | no       | no              | no        | no    | shut            | –        |
| Teams: take the app from Alice’s chat     | shut   | shut     | no    | no          | no     | acts     | no              | no        | no    | shut            | –        |
| API: read a request                       | shut   | shut     | shut  | shut        | no     | sees     | sees            | sees      | sees  | no              | no       |
| API: decide a place                       | shut   | shut     | shut  | shut        | no     | acts     | no              | no        | no    | no              | no       |
| API: cancel a request                     | shut   | shut     | shut  | shut        | no     | no       | no              | acts      | acts  | no              | no       |
| API: reassign a place                     | shut   | shut     | shut  | shut        | no     | no       | no              | no        | acts  | no              | no       |
| API: change a workflow                    | shut   | shut     | shut  | shut        | no     | no       | no              | no        | acts  | no              | no       |
| API: make somebody an admin               | shut   | shut     | shut  | shut        | no     | no       | no              | no        | acts  | no              | no       |
| API: read the audit                       | shut   | shut     | shut  | shut        | no     | no       | no              | no        | sees  | theirs          | no       |
| API: make oneself a token                 | shut   | shut     | shut  | shut        | no     | no       | no              | no        | acts  | theirs          | no       |
| API: connect a Harness account            | shut   | shut     | shut  | shut        | no     | no       | no              | no        | acts  | theirs          | no       |
| API: remove a Harness connection          | shut   | shut     | shut  | shut        | no     | no       | no              | no        | acts  | no              | no       |
| Harness’s approval API here: list         | shut   | shut     | shut  | shut        | no     | sees     | sees            | sees      | sees  | no              | no       |
| Harness’s approval API here: vote         | shut   | shut     | shut  | shut        | no     | acts     | no              | no        | no    | no              | no       |
`.trim();

export type Outcome = 'shut' | 'no' | 'sees' | 'acts' | 'theirs';

export const CALLERS = [
  ...['nobody', 'stranger', 'guest', 'deactivated', 'member', 'approver', 'former approver', 'requester'],
  ...['admin', 'admin elsewhere', 'pipeline'],
] as const;
export type Caller = (typeof CALLERS)[number];

const [HEAD, , ...ROWS] = TABLE.split('\n').map((line) =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim()),
);

/** The cells that can be: door, caller, and what is to become of it. */
export const CELLS: readonly { door: string; caller: string; outcome: Outcome }[] = ROWS.flatMap(
  ([door = '', ...cells]) =>
    cells.flatMap((outcome, index) =>
      outcome === '–' ? [] : [{ door, caller: HEAD![index + 1]!, outcome: outcome as Outcome }],
    ),
);

/** Doors that ask for no person: what a request without anything gets. */
export const OPEN_DOORS = `
| door                                  | asks for                                                            | without it |
| ------------------------------------- | ------------------------------------------------------------------- | ---------- |
| GET /healthz, /readyz                 | nothing: they say whether the bot works, and no more                | 200        |
| GET /metrics                          | METRICS_TOKEN; where none is set there is no such page              | 404        |
| GET /api/docs, /api/openapi.json      | nothing: the same for everybody                                     | 200        |
| GET /hooks/…                          | nothing: Harness looks whether the address is there                 | 200        |
| GET /charts/KEY/VERSION.png           | the organization’s unguessable key; numbers alone are in it         | 404        |
| GET and POST /connect/harness/SECRET  | an admin’s link, ten minutes old at most, used once, ten tries      | 404        |
| GET /slack/install                    | a one-time link                                                     | 404        |
| GET /slack/oauth_redirect             | our signed state, its cookie, and Slack’s code                      | 400        |
| POST /slack/events                    | Slack’s signature, five minutes old at most                         | 401        |
| POST /api/messages                    | the Bot Connector’s token for this app, service and tenant          | 401        |
| POST /hooks/harness/EVENT             | WEBHOOK_TOKEN, a pipeline’s token, or a Standard Webhooks signature | 401        |
| any method /api/v2/…                  | a token                                                             | 401        |
| GET and POST …/approvals/execution/ID | a token as x-api-key                                                | 401        |
`.trim();
