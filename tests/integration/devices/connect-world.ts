import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import type { ConnectDeps } from '../../../src/devices/connect.deps.ts';
import { createConnectRoutes } from '../../../src/devices/connect.ts';
import { loadPresets } from '../../../src/devices/presets.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { type AccessWorld, createAccessWorld } from '../access/access-app.ts';

export interface ConnectWorld extends AccessWorld {
  readonly deps: ConnectDeps;
}

/** Accounts of every role before this room's routes. @param more overrides what the routes get */
export async function createConnectWorld(more: Partial<ConnectDeps> = {}): Promise<ConnectWorld> {
  const presets = await loadPresets('config/cameras/presets.yaml');
  let deps: ConnectDeps | undefined;
  const world = await createAccessWorld({
    routes: (runtime, audit) => {
      deps = {
        ...runtime,
        audit,
        wallClock: systemClock,
        guard: createCameraGuard({ networks: '10.0.0.0/8,127.0.0.0/8' }),
        presets,
        tools: mediaTools,
        findFaces: null,
        timeZone: 'Asia/Shanghai',
        faceRecognition: true,
        ...more,
      };
      return createConnectRoutes(deps);
    },
  });
  if (deps === undefined) throw new Error('the routes were not made');
  return { ...world, deps };
}
