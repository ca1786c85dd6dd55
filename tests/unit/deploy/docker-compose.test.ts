import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { EnvironmentSchema, PROGRAM_DIR } from '../../../src/platform/config.ts';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
}
const compose = parse(await readFile(join(PROGRAM_DIR, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);

it('runs every role from one image', () => {
  expect(ours.map(([, service]) => service.command?.[0]).sort()).toEqual([
    'api',
    'camera',
    'housekeeping',
    'reconcile',
  ]);
  expect(new Set(ours.map(([, service]) => service.image)).size).toBe(1);
});

it('names every image with its version, never "latest"', async () => {
  for (const [name, { image }] of services) expect(image, name).toMatch(/^[a-z0-9./-]+:\d+\.\d+[\w.-]*$/);
  const { version } = JSON.parse(await readFile(join(PROGRAM_DIR, 'package.json'), 'utf8')) as { version: string };
  expect(ours[0]?.[1].image).toBe(`claimsight:${version}`);
});

it('refers only to services, volumes and settings that exist', () => {
  for (const [name, service] of services) {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(Object.keys(compose.services), name).toContain(other);
      if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck, other).toBeDefined();
    }
    for (const volume of service.volumes ?? [])
      expect(Object.keys(compose.volumes), name).toContain(volume.split(':')[0]);
  }
  for (const [name, { environment }] of ours) {
    for (const key of Object.keys(environment ?? {}))
      expect(Object.keys(EnvironmentSchema.properties), `${name}: ${key}`).toContain(key);
  }
});

it('has no password in it', () => {
  for (const [name, { environment }] of services) {
    for (const [key, value] of Object.entries(environment ?? {})) {
      if (/PASSWORD|KEY|SECRET/.test(key)) expect(value, `${name}: ${key}`).toMatch(/^\$\{\w+:\?/);
    }
  }
});

it('builds from a base image of the Node version that package.json asks for', async () => {
  const dockerfile = await readFile(join(PROGRAM_DIR, 'Dockerfile'), 'utf8');
  for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/^node:20-/);
});
