import { type Demo, startDemo } from './page/demo.ts';

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'SystemRoot', 'TEMP'];

let starting: Promise<Demo> | null = null;
let stopping = false;

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  const demo = await starting?.catch(() => null);
  await demo?.stop();
  process.exit(code);
}

function fail(words: string): void {
  console.error(words);
  void stop(1);
}

// biome-ignore lint/style/noProcessEnv: the demo reads it here and nowhere else
const environment = process.env;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    console.log('\nStopping …');
    void stop(0);
  });

const pagePort = Number(environment.DEMO_PORT ?? 4000);
if (!Number.isInteger(pagePort) || pagePort < 0 || pagePort > 65_535) {
  console.error('DEMO_PORT is not a port number. Give one from 0 to 65535, or leave it out for 4000.');
  process.exit(1);
}

try {
  starting = startDemo({
    pagePort,
    logLevel: environment.LOG_LEVEL ?? 'info',
    surroundings: Object.fromEntries(
      PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
    ),
    onBotDeath: (lastLog) => {
      if (!stopping) fail(`The bot ended unexpectedly. Its last words:\n${lastLog}`);
    },
  });
  const demo = await starting;
  if (!stopping)
    console.log(`
  Countersign demo: ${demo.pageUrl}

  Open it, press “Run pipeline”, and answer as Alice.
  The real bot is at ${demo.botUrl} (log: ${demo.logFile});
  Slack, Teams and Harness are stand-ins on this machine. Ctrl-C stops everything.
`);
} catch (error) {
  if (!stopping) fail(`The demo could not start: ${error instanceof Error ? error.message : String(error)}`);
}
