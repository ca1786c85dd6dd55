import { writeFile } from 'node:fs/promises';
import { buildNetwork, networkNames, sha256 } from './ensure-models.ts';

/** Writes `models/checksums.json` anew after a wanted change of weights or of a network's description. */
const checksums: Record<string, { weights: Record<string, string>; onnx: string }> = {};
for (const network of networkNames) {
  const { onnx, weights } = await buildNetwork(network, { verifyWeights: false });
  checksums[network] = { weights, onnx: sha256(onnx) };
}
await writeFile(new URL('../checksums.json', import.meta.url), `${JSON.stringify(checksums, null, 2)}\n`);
