import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dockerfile, DockerfileParser } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../src/config.ts';

// No container engine ran these files: what is checked here is all there is.
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const pkg = JSON.parse(read('package.json')) as {
  version: string;
  devDependencies: Record<string, string>;
  scripts: Record<string, string>;
};

/** `npm start` of what was built. */
const BUILT = pkg.scripts.start!.replace('src/main.ts', 'dist/main.js');

describe('deploy/Dockerfile', () => {
  const text = read('deploy/Dockerfile');
  const dockerfile: Dockerfile = DockerfileParser.parse(text);
  const all = (keyword: string) =>
    dockerfile
      .getInstructions()
      .filter((one) => one.getKeyword() === keyword)
      .map((one) => one.getArgumentsContent() ?? '');
  const command = (keyword: string) => JSON.parse(/\[.*\]/s.exec(all(keyword).at(-1)!)![0]) as string[];

  test('is read, and every instruction is one there is', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'LABEL', 'ENV', 'VOLUME', 'USER', 'EXPOSE'];
    for (const instruction of dockerfile.getInstructions())
      expect([...known, 'STOPSIGNAL', 'HEALTHCHECK', 'CMD']).toContain(instruction.getKeyword());
  });

  test('builds on the Node that package.json pins, never on a tag that moves', () => {
    const images = dockerfile.getFROMs().map((from) => from.getImage());
    expect(new Set(images)).toEqual(new Set([`node:${pkg.devDependencies.node}-bookworm-slim`]));
  });

  test('installs what production needs, as the lock file says, and runs nobody’s scripts', () => {
    expect(all('RUN')[0]).toBe('npm ci --omit=dev --ignore-scripts');
    expect(all('COPY')[0]).toBe('package.json package-lock.json ./');
    expect(text).toContain('\nCOPY --from=dependencies /app/node_modules ./node_modules\n');
  });

  test('builds with what development needs, and takes nothing of it along but the result', () => {
    expect(all('RUN').slice(1, 3)).toEqual(['npm ci --ignore-scripts', 'npm run build']);
    expect(text.match(/COPY --from=build .+/g)).toEqual(['COPY --from=build /app/dist ./dist']);
  });

  test('runs as nobody special, keeps its data in /data, and can be told to stop', () => {
    expect(all('USER')).toEqual(['node']);
    const order = dockerfile.getInstructions().map((one) => one.getKeyword());
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('CMD'));
    // What comes after it compiles, as the user who runs it.
    expect(all('RUN').at(-1)).toContain(`${BUILT} `);
    expect(order.filter((one, at) => one === 'RUN' && at > order.indexOf('USER'))).toHaveLength(1);
    expect(all('VOLUME')).toEqual(['/data']);
    // Where the root is read-only, temporary files would be in memory: a vacuum writes the database anew in one.
    expect(all('ENV').join()).toContain('SQLITE_TMPDIR=/data');
    expect(all('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  test('starts what was built as `npm start` does the source, without npm in between, which would swallow the signal', () => {
    expect(command('CMD').join(' ')).toBe(BUILT);
  });

  test('looks after its health with what the image has', () => {
    const [program, flag, script = ''] = command('HEALTHCHECK');
    expect([program, flag]).toEqual(['node', '-e']);
    expect(script).toContain('/healthz');
    const dead = spawnSync(process.execPath, ['-e', script], { env: { PORT: '9' } });
    expect(dead.status).toBe(1);
  });

  test('copies everything that the bot reads, and nothing else comes near it', () => {
    const ignored = read('deploy/Dockerfile.dockerignore').split('\n').filter(Boolean);
    expect(ignored[0]).toBe('*');
    const admitted = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = all('COPY').flatMap((line) =>
      line
        .split(/\s+/)
        .slice(0, -1)
        .filter((part) => !part.startsWith('-') && !part.startsWith('/'))
        .map((part) => part.replace(/^\.\//, '')),
    );
    expect(new Set(admitted)).toEqual(new Set(copied));
    for (const path of copied) expect(existsSync(new URL(`../${path}`, import.meta.url)), path).toBe(true);
    // What the code reads beside itself: `new URL('../…', import.meta.url)`.
    const sources = globSync('src/**/*.{ts,mjs}', { cwd: new URL('..', import.meta.url) })
      .filter((path) => !path.startsWith('src/demo'))
      .map(read);
    const beside = sources.flatMap((text) =>
      [...text.matchAll(/new URL\('(?:\.\.\/)+([A-Za-z.-]+)/g)].map((match) => match[1]!),
    );
    expect(beside.length).toBeGreaterThan(3);
    for (const name of beside.filter((one) => existsSync(new URL(`../${one}`, import.meta.url))))
      expect([...admitted, 'node_modules', 'dist'], name).toContain(name);
  });

  test('its environment, with what has to be filled in, is a configuration', () => {
    const env = Object.fromEntries(
      [
        ...all('ENV')
          .join(' ')
          .matchAll(/([A-Z_]+)=(\S+)/g),
      ].map((m) => [m[1], m[2]]),
    );
    expect(readConfig({ ...filled, ...env })).toMatchObject({
      ...{ host: '0.0.0.0', port: 3000, databaseUrl: 'sqlite:/data/countersign.db' },
    });
  });
});

const filled = {
  ...{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'secret', HARNESS_API_KEY: 'sat.acme.t.secret' },
  ...{ WEBHOOK_TOKEN: 'w'.repeat(24), ADMIN_EMAILS: 'ada@acme.io', PUBLIC_URL: 'https://a.acme.io' },
};

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  user?: string;
  privileged?: boolean;
  ports?: string[];
  volumes?: string[];
  env_file?: string[];
  environment: Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  [key: string]: unknown;
}

/** Of https://github.com/compose-spec/compose-spec/blob/main/05-services.md: what these files use. */
const SERVICE_KEYS = [
  ...[
    'build',
    'image',
    'restart',
    'depends_on',
    'env_file',
    'environment',
    'ports',
    'volumes',
    'healthcheck',
  ],
  ...['stop_grace_period', 'read_only', 'tmpfs', 'cap_drop', 'security_opt'],
];

describe.each(['deploy/compose.yaml', 'deploy/compose.sqlite.yaml'])('%s', (file) => {
  const text = read(file);
  const compose = parse(text, { strict: true, uniqueKeys: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, null>;
  };
  const { countersign: bot, postgres } = compose.services;

  test('has the keys that the specification knows, values of its types, and volumes that are declared', () => {
    expect(Object.keys(compose).sort()).toEqual(['name', 'services', 'volumes']);
    for (const service of Object.values(compose.services)) {
      for (const key of Object.keys(service)) expect(SERVICE_KEYS).toContain(key);
      for (const value of Object.values(service.environment)) expect(typeof value).toBe('string');
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      for (const volume of service.volumes ?? []) {
        const [name = '', target = ''] = volume.split(':');
        expect(compose.volumes).toHaveProperty(name);
        expect(target).toMatch(/^\//);
      }
      expect(service.image).toMatch(/:\d/);
      expect(service.stop_grace_period).toMatch(/^\d+(s|m)$/);
    }
  });

  test('builds the image from the top folder, of the version that this is', () => {
    expect(bot!.build).toEqual({ context: '..', dockerfile: 'deploy/Dockerfile' });
    expect(bot!.image).toBe(`countersign:${pkg.version}`);
  });

  test('lets the bot write nowhere but where it has to, and gain nothing', () => {
    expect(bot).toMatchObject({
      ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], tmpfs: ['/tmp'] },
    });
    const [, path] = String(bot!.environment.DATABASE_URL).split('sqlite:');
    if (path) expect(bot!.volumes).toEqual(['data:/data']);
  });

  test('waits for its database, and keeps no secret in the file', () => {
    for (const name of Object.keys(bot!.depends_on ?? {}))
      expect(compose.services[name]!.healthcheck!.test[0]).toBe('CMD-SHELL');
    expect(text.match(/PASSWORD: (?!\$\{POSTGRES_PASSWORD:\?)/)).toBeNull();
    if (postgres) expect(bot!.environment.DATABASE_URL).toContain(':${POSTGRES_PASSWORD:?');
  });
});

describe('deploy/countersign.service', () => {
  const unit = read('deploy/countersign.service');
  const values = (key: string) =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((match) => match[1]);

  test('starts what was built, as a user of its own, and again when it ends', () => {
    expect(values('ExecStart')).toEqual([`/usr/bin/${BUILT}`]);
    expect(values('Environment')).toContain('NODE_COMPILE_CACHE=/var/cache/countersign');
    expect(values('CacheDirectory')).toEqual(['countersign']);
    expect(values('User')).toEqual(['countersign']);
    expect(values('Restart')).toEqual(['always']);
  });

  test('lets V8 make code, and may write to its own folder alone', () => {
    expect(values('MemoryDenyWriteExecute')).toEqual([]);
    expect(values('ProtectSystem')).toEqual(['strict']);
    expect(values('Environment')).toContain('DATABASE_URL=sqlite:/var/lib/countersign/countersign.db');
    expect(values('StateDirectory')).toEqual(['countersign']);
  });

  test.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('systemd finds no fault in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-unit-'));
    try {
      const file = join(folder, 'countersign.service');
      writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      expect(stderr.split('\n').filter((line) => line.includes('countersign'))).toEqual([]);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
