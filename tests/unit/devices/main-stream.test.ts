import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainStreamOf } from '../../../src/devices/main-stream.ts';
import { loadPresets } from '../../../src/devices/presets.ts';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';

const presets = await loadPresets(join(PROGRAM_DIR, 'config/cameras/presets.yaml'));

describe('the main stream of a sub-stream', () => {
  it.each([
    ['/Streaming/Channels/102', '/Streaming/Channels/101'],
    ['/Streaming/Channels/1602', '/Streaming/Channels/1601'],
    ['/cam/realmonitor?channel=3&subtype=1', '/cam/realmonitor?channel=3&subtype=0'],
    ['/media/video2', '/media/video1'],
    ['/unicast/c12/s1/live', '/unicast/c12/s0/live'],
    ['/stream2', '/stream1'],
  ])('%s is %s, with the same log-in', (sub, main) => {
    expect(mainStreamOf(presets, `rtsp://admin:p%40ss@10.1.2.3:554${sub}`)).toBe(
      `rtsp://admin:p%40ss@10.1.2.3:554${main}`,
    );
  });

  it.each(['/Streaming/Channels/101', '/live', '/stream1', '/media/video2/x', ''])('is not guessed from %s', (path) => {
    expect(mainStreamOf(presets, `rtsp://10.1.2.3${path}`)).toBeNull();
  });

  it('is not asked of other protocols', () => {
    expect(mainStreamOf(presets, 'http://10.1.2.3/stream2')).toBeNull();
  });
});
