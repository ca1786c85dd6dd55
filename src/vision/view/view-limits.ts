import { type Static, Type } from 'typebox';

const Ms = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 30 * 86_400_000, default: fallback, unit: 'ms', description });
const Share = (fallback: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 1, default: fallback, unit: 'share', description });

/** When a picture says that the camera no longer sees what it stands for. */
export const ViewLimitsSchema = Type.Object(
  {
    lookEveryMs: Ms(6_000, 'A picture that was in order is compared again after so long'),
    worryEveryMs: Ms(1_500, 'While something is the matter, so often'),
    learnMs: Ms(30_000, 'The usual view is learned from pictures over at least so long'),
    learnLooks: Type.Integer({ minimum: 3, maximum: 60, default: 8, unit: 'pictures', description: 'And of so many' }),
    leastBlocks: Type.Integer({
      minimum: 4,
      maximum: 150,
      default: 12,
      unit: 'blocks',
      description: 'With fewer blocks of structure the view says nothing of its place',
    }),
    inPlace: Share(0.5, 'So many blocks in their places: the camera has not moved'),
    foreign: Share(0.15, 'Fewer than this in their places: another view, or a crowd before it'),
    found: Share(0.35, 'A shifted view counts when so many blocks are found there, …'),
    foundMore: Share(0.2, '… and so many more than in their places'),
    movedShift: Share(0.04, 'Shifted by more of the picture’s width: moved'),
    movedTurn: Type.Number({
      minimum: 0,
      maximum: 90,
      default: 3,
      unit: 'degrees',
      description: 'Turned by more: moved',
    }),
    movedZoom: Share(0.07, 'Zoomed by more: moved'),
    movedAfterMs: Ms(20_000, 'It must last so long when the shift is known'),
    changedAfterMs: Ms(180_000, 'And so long when nothing of the view is found any more'),
    adoptAfterMs: Ms(
      86_400_000,
      'Without a reference view taken by a person the new view is the usual one after so long',
    ),
    lost: Share(0.6, 'So many blocks show nothing any more, …'),
    lostMatched: Share(0.25, '… and no more than so many are in their places: covered'),
    flatSpread: Type.Number({
      minimum: 0,
      maximum: 50,
      default: 4,
      unit: 'luma',
      description: 'A picture with less contrast in all shows nothing: covered',
    }),
    coveredAfterMs: Ms(8_000, 'It must last so long'),
    blurred: Share(0.5, 'Edges less steep than this share of the usual: out of focus'),
    sharpAgain: Share(0.7, 'In focus again from this share on'),
    litEnough: Share(0.5, 'Judged only with so much of the usual light and contrast'),
    defocusedAfterMs: Ms(60_000, 'It must last so long'),
    goodAfterMs: Ms(4_000, 'A trouble is over after so long without its sign'),
  },
  { additionalProperties: false },
);
export type ViewLimits = Static<typeof ViewLimitsSchema>;
