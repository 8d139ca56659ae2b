// Run after every change of dependencies: `npm run mend-lock`. npm drops from the lock file what it cannot see.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);

/** The lock file as it has to be; `lock` is its parsed content. */
export function mended(lock) {
  const packages = { ...lock.packages };
  // Its binaries are in the package. Without this, npm before 11 compiles it and needs python3, make and a compiler.
  const sqlite = { ...packages['node_modules/better-sqlite3'], gypfile: false };
  delete sqlite.hasInstallScript;
  packages['node_modules/better-sqlite3'] = sqlite;
  // A registry that mirrors some platforms only makes npm forget the others, and `npm ci` then refuses the file.
  const biome = packages['node_modules/@biomejs/biome'];
  const sample = Object.entries(packages).find(([name]) => name.startsWith('node_modules/@biomejs/cli-'))[1];
  for (const [name, version] of Object.entries(biome.optionalDependencies)) {
    const [os, cpu, libc] = name.replace('@biomejs/cli-', '').split('-');
    packages[`node_modules/${name}`] ??= {
      version,
      cpu: [cpu],
      dev: true,
      ...(libc && { libc: [libc] }),
      license: sample.license,
      optional: true,
      os: [os],
      engines: sample.engines,
    };
  }
  for (const entry of Object.values(packages)) delete entry.resolved;
  const names = Object.keys(packages).sort();
  return { ...lock, packages: Object.fromEntries(names.map((name) => [name, packages[name]])) };
}

if (process.argv[1] === file.pathname.replace('package-lock.json', '.ci/mend-lock.mjs')) {
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify(mended(lock), null, 2)}\n`);
}
