import type { FastifyPluginAsync } from 'fastify';
import { camerasRoutes } from './cameras.routes.ts';
import { captureDevicesRoutes } from './captures/capture-devices.routes.ts';
import { isapiRoutes } from './captures/isapi.routes.ts';
import { viidRoutes } from './captures/viid.routes.ts';
import type { ConnectDeps } from './connect.deps.ts';
import { gatewaysRoutes } from './gateway/gateways.routes.ts';
import { gatewayHooksRoutes } from './gateway/hooks.routes.ts';
import { cameraImportsRoutes } from './imports/camera-imports.routes.ts';
import { onvifRoutes } from './onvif/onvif.routes.ts';
import { placesRoutes } from './places.routes.ts';
import { probeRoutes } from './probe.routes.ts';

/** Everything over which cameras are registered and connected, and over which devices push. */
export const createConnectRoutes = (deps: ConnectDeps): readonly FastifyPluginAsync[] =>
  [
    camerasRoutes(deps),
    probeRoutes(deps),
    cameraImportsRoutes(deps),
    placesRoutes(deps),
    onvifRoutes(deps),
    gatewaysRoutes(deps),
    gatewayHooksRoutes(deps),
    captureDevicesRoutes(deps),
    viidRoutes(deps),
    isapiRoutes(deps),
  ] as FastifyPluginAsync[];
