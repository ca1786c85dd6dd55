import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { en } from '../../../web/src/i18n/en.ts';
import { zh } from '../../../web/src/i18n/zh.ts';

const CONSOLE = join(import.meta.dirname, '../../../web/src');
const CJK = /[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]/;
/** Proper names that English keeps in Chinese. */
const CHINESE_IN_ENGLISH = new Set(['nav.chinese', 'about.line']);
/** What Chinese keeps in Latin letters. */
const LATIN_IN_CHINESE = new Set(['nav.english', 'devices.dropped', 'whoShort.unknown']);

function flatten(node: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [inner, text] of flatten(value as object, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const chinese = flatten(zh);
const english = flatten(en);
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

async function sources(): Promise<{ name: string; text: string }[]> {
  const files = await readdir(CONSOLE, { recursive: true, withFileTypes: true });
  const wanted = files.filter(
    (file) => file.isFile() && /\.tsx?$/.test(file.name) && !file.parentPath.includes('generated'),
  );
  return Promise.all(
    wanted.map(async (file) => {
      const path = join(file.parentPath, file.name);
      return { name: path.slice(CONSOLE.length + 1), text: await readFile(path, 'utf8') };
    }),
  );
}

describe('every string in both languages', () => {
  it('a reader of English meets no missing string, and none that Chinese lacks', () => {
    const singular = (key: string): boolean => key.endsWith('_one');
    expect([...english.keys()].filter((key) => !singular(key)).sort()).toEqual([...chinese.keys()].sort());
  });

  it('a counted string has its English singular', () => {
    const counted = [...english.keys()].filter((key) => key.endsWith('_other'));
    expect(counted.filter((key) => !english.has(key.replace(/_other$/, '_one')))).toEqual([]);
  });

  it('no string is empty', () => {
    for (const [key, text] of [...chinese, ...english]) expect(text.trim(), key).not.toBe('');
  });

  it('a figure that one language shows is shown by the other', () => {
    for (const [key, text] of english) {
      const original = chinese.get(key) ?? chinese.get(key.replace(/_one$/, '_other')) ?? '';
      expect(placeholders(text), key).toEqual(placeholders(original));
    }
  });

  it('Chinese is Chinese and English is English', () => {
    for (const [key, text] of english) if (!CHINESE_IN_ENGLISH.has(key)) expect(CJK.test(text), key).toBe(false);
    for (const [key, text] of chinese) if (!LATIN_IN_CHINESE.has(key)) expect(CJK.test(text), key).toBe(true);
  });
});

describe('no string beside the dictionaries', () => {
  it('a page that speaks Chinese by itself could never be read in English', async () => {
    for (const { name, text } of await sources()) {
      if (name.startsWith('i18n/') || name === 'ui/format.ts') continue;
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
      expect(CJK.test(code), name).toBe(false);
    }
  });

  it('each key that a page asks for exists', async () => {
    const known = new Set([...chinese.keys()].flatMap((key) => [key, key.replace(/_other$/, '')]));
    const missing: string[] = [];
    for (const { name, text } of await sources()) {
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.]+)'/g)) {
        if (key !== undefined && !known.has(key)) missing.push(`${name}: ${key}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('no string lies unused', async () => {
    const all = (await sources())
      .filter(({ name }) => !name.startsWith('i18n/'))
      .map(({ text }) => text)
      .join('\n');
    const dynamic = [...all.matchAll(/`([\w]+(?:\.[\w]+)*)\.\$\{/g)].map((match) => `${match[1]}.`);
    const affixed = [...all.matchAll(/`([\w]+)\.\$\{[^}]+\}(\w+)`/g)].map(
      (match) => [match[1] ?? '', match[2] ?? ''] as const,
    );
    const unused = [...chinese.keys()].filter((key) => {
      const name = key.replace(/_other$/, '');
      return !(
        all.includes(`'${name}'`) ||
        dynamic.some((prefix) => name.startsWith(prefix)) ||
        affixed.some(([prefix, suffix]) => name.startsWith(`${prefix}.`) && name.endsWith(suffix))
      );
    });
    expect(unused).toEqual([]);
  });
});
