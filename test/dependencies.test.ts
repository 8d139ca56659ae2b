import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  dependencies: Record<string, string>;
};

test('what the bot imports is there without development dependencies', () => {
  const strangers = new Set<string>();
  for (const file of globSync('src/**/*.{ts,mjs}', { cwd: root, exclude: ['src/demo/**'] })) {
    const text = readFileSync(new URL(file, root), 'utf8');
    for (const [statement, name = ''] of text.matchAll(
      /^(?:import|export)\b(?! type\b)[^;]*?from '([^.'][^']*)'|import\('([^.'][^']*)'\)|^import '([^.'][^']*)'/gm,
    )) {
      const imported = name || /'([^']+)'/.exec(statement)![1]!;
      const library = imported
        .split('/')
        .slice(0, imported.startsWith('@') ? 2 : 1)
        .join('/');
      if (!isBuiltin(imported) && !Object.hasOwn(dependencies, library)) strangers.add(`${file}: ${library}`);
    }
  }
  expect([...strangers]).toEqual([]);
});
