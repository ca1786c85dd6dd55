import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirmingView, quickViews, thoroughViews } from '../../../src/faces/detect-views.ts';

const area = fc.record({
  x: fc.constant(0),
  y: fc.constant(0),
  width: fc.integer({ min: 40, max: 4000 }),
  height: fc.integer({ min: 40, max: 4000 }),
});

describe('views of a picture', () => {
  it('show a small face large enough for SSD in some view, wherever it stands', () => {
    fc.assert(
      fc.property(
        area,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, u, v) => {
          const side = 40;
          const face = { x: u * (a.width - side), y: v * (a.height - side) };
          const seen = thoroughViews(a, side).some(({ region, width }) => {
            const inside =
              face.x >= region.x - 1e-6 &&
              face.y >= region.y - 1e-6 &&
              face.x + side <= region.x + region.width + 1e-6 &&
              face.y + side <= region.y + region.height + 1e-6;
            return inside && (side * width) / region.width >= 11;
          });
          expect(seen).toBe(true);
        },
      ),
    );
  });

  it('show a face that fills the picture small enough for SSD', () => {
    const views = thoroughViews({ x: 0, y: 0, width: 250, height: 250 }, 40);
    expect(views.some(({ region, width }) => (250 * width) / region.width <= 300)).toBe(true);
  });

  it('fit the tiny detector, never enlarge, and cover faces up to the size of the picture', () => {
    fc.assert(
      fc.property(area, fc.integer({ min: 16, max: 200 }), (a, minFacePx) => {
        const views = quickViews(a, minFacePx);
        for (const { width, height, region } of views) {
          expect(width % 32).toBe(0);
          expect(height % 32).toBe(0);
          expect(width / region.width).toBeLessThanOrEqual(1 + 1e-9);
        }
        const coarsest = views.at(-1);
        expect(coarsest && (Math.max(a.width, a.height) * coarsest.width) / coarsest.region.width).toBeLessThan(320);
      }),
    );
  });

  it('confirm a possible face at the size that SSD knows best', () => {
    const { region, width } = confirmingView({ x: 100, y: 100, width: 60, height: 80 });
    expect((80 * width) / region.width).toBeCloseTo(50, 6);
  });
});
