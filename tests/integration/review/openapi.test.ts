import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly responses: Record<string, { content?: Record<string, unknown> }>;
}

it('every route of the room stands in the OpenAPI document with a name and a summary', async () => {
  await world.app.ready();
  const { paths } = world.app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  const ours = operations.filter(({ path }) => /^\/v1\/(alerts|clearing|webhooks)/.test(path));
  expect(ours.map(({ operationId }) => operationId).toSorted()).toEqual([
    'acknowledgeClearingHolds',
    'assignAlert',
    'createWebhook',
    'deleteWebhook',
    'escalateAlert',
    'excludeAlerts',
    'getAlert',
    'getAlertAttachment',
    'getAlertImage',
    'listAlerts',
    'listClearingHolds',
    'listWebhookDeliveries',
    'listWebhooks',
    'lockAlert',
    'nextAlert',
    'sendAlertAttachment',
    'snoozeAlert',
    'streamAlerts',
    'summariseAlerts',
    'takeAlertStep',
    'undoAlertStep',
    'unlockAlert',
  ]);
  for (const { summary, tags } of ours) expect([summary, tags?.length]).toEqual([expect.any(String), 1]);
  expect(paths['/v1/alerts/stream']?.get?.responses['200']?.content).toHaveProperty('text/event-stream');
  expect(paths['/v1/alerts/{id}/images/{imageId}']?.get?.responses['200']?.content).toHaveProperty('image/jpeg');
});
