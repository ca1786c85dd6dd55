import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { VisitFacts } from '../../../src/reconcile/facts.ts';
import { compressFacts, openFacts, packFacts } from '../../../src/reconcile/facts-form.ts';

const facts: VisitFacts = {
  kind: 'visit',
  schema: 1,
  visitKey: 'visit:H41160200001:M1',
  clinic: { code: 'H41160200001', regionCode: '411602', faceRecognition: true, mode: 'hook' },
  mdtrtId: 'M1',
  msgid: '甲-1',
  person: null,
  events: [{ eventId: 'e1', kind: 'registration', at: 1_772_411_959_000, msgid: '甲-1', cancelled: false }],
  movedTo: null,
  reversed: false,
  presence: null,
};

describe('stored facts', () => {
  it('come back as they were, so that an old assessment can be replayed', () => {
    const { json, hash } = packFacts(facts);
    expect(openFacts(compressFacts(json), hash)).toEqual(facts);
  });

  it('are smaller than their text, also where they are short', () => {
    const { json } = packFacts(facts);
    expect(compressFacts(json).length).toBeLessThan(json.length / 2);
  });

  it('that were pressed by brotli, as they once were, can still be opened', () => {
    const { json, hash } = packFacts(facts);
    expect(openFacts(brotliCompressSync(json), hash)).toEqual(facts);
  });

  it('that were changed are refused, whatever became of them', () => {
    const { json, hash } = packFacts(facts);
    const body = compressFacts(json);
    const other = compressFacts(json.replace('M1', 'M2'));
    for (const wrong of [other, body.subarray(0, 20), Buffer.from([0x11]), Buffer.from('nonsense'), Buffer.alloc(0)]) {
      expect(() => openFacts(wrong, hash)).toThrow(expect.objectContaining({ code: 'integrity' }));
    }
    expect(() => openFacts(null, hash)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});
