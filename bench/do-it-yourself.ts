import bolt from '@slack/bolt';

/*
 * What somebody would write for themselves in an afternoon: a webhook that posts a card to each approver, and a button
 * that tells Harness and edits the cards. What it knows it knows until it is restarted, and it does not look twice. The
 * anchor of bench/end-to-end.ts.
 */
// biome-ignore lint/style/noProcessEnv: a program of its own.
const { PORT, TOKEN, SLACK_API_URL, SIGNING_SECRET = '', HARNESS_URL, HARNESS_KEY = '' } = process.env;
const APPROVERS = ['U0BENCH000', 'U0BENCH001'];

const asks = new Map<string, { text: string; url: string; cards: { channel: string; ts: string }[] }>();
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } }) as const;
const button = (value: string) =>
  ({ type: 'button', action_id: 'approve', value, text: { type: 'plain_text', text: 'Approve' } }) as const;

const receiver = new bolt.HTTPReceiver({
  signingSecret: SIGNING_SECRET,
  port: Number(PORT),
  customRoutes: [
    { path: '/readyz', method: 'GET', handler: (_, response) => void response.writeHead(200).end() },
    {
      path: '/hooks/harness/deploy-0',
      method: 'POST',
      async handler(request, response) {
        if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end();
        let body = '';
        for await (const part of request) body += part;
        const { planExecutionId: run, callbackId, message, ...at } = JSON.parse(body);
        const place = `orgs/${at.orgIdentifier}/projects/${at.projectIdentifier}/approvals/execution/${run}`;
        const url = `${HARNESS_URL}/gateway/pipeline/api/v1/${place}?callback_id=${callbackId}`;
        const text = `*${message}*\nRun ${run} waits for approval.`;
        const blocks = [section(text), { type: 'actions' as const, elements: [button(run)] }];
        const post = (channel: string) => app.client.chat.postMessage({ channel, text, blocks });
        const posted = await Promise.all(APPROVERS.map(post));
        asks.set(run, {
          text,
          url,
          cards: posted.map(({ channel, ts }) => ({ channel: channel!, ts: ts! })),
        });
        response.writeHead(202).end();
      },
    },
  ],
});
const app = new bolt.App({ token: 'xoxb-bench', receiver, clientOptions: { slackApiUrl: SLACK_API_URL! } });

app.action('approve', async ({ ack, action, body, client }) => {
  await ack();
  const ask = asks.get('value' in action ? String(action.value) : '');
  if (!ask) return;
  const headers = { 'content-type': 'application/json', 'x-api-key': HARNESS_KEY, 'harness-account': 'acme' };
  const vote = JSON.stringify({ action: 'APPROVE', comments: `Approved by ${body.user.id}` });
  const told = await fetch(ask.url, { method: 'POST', headers, body: vote });
  const text = `${ask.text}\n${told.ok ? `Approved by <@${body.user.id}>` : 'Harness refused it'}`;
  await Promise.all(ask.cards.map((card) => client.chat.update({ ...card, text, blocks: [section(text)] })));
});

await app.start();
