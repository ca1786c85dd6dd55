import { type Static, Type } from 'typebox';
import { PRESENTATION_KINDS } from '../../faces/presentation/presentation.ts';
import type { FeedKind } from './feed-line.ts';
import {
  arrival,
  Code,
  Day,
  FixmedinsCode,
  MaybeCode,
  MaybeTime,
  maybe,
  RegionCode,
  Share,
  TEMPLATE_WORDS,
  Template,
  Time,
  Word,
} from './field-schemas.ts';

const NAME = 'a name (invented)';
const open = { additionalProperties: true } as const;

const HOURS_WORDS =
  'opening hours: [{days: [1..7, Monday is 1], from: "08:00", to: "18:00"}], {from, to} or "08:00-18:00" for every day; local time of meta.timeZone';

const Quantity = Type.Union([Type.Number(), Type.String()]);
const Flag = Type.Union([Type.Boolean(), Type.Integer({ minimum: 0, maximum: 1 })]);

/** One schema for each kind of line: what is accepted. Descriptions begin with what a generator should write. */
export const LINE_SCHEMAS = {
  region: Type.Object(
    {
      ...arrival('region'),
      code: RegionCode('the code of a region'),
      name: maybe(Type.String(), 'its name'),
      level: maybe(
        Type.Union([Type.String(), Type.Integer({ minimum: 1, maximum: 4 })]),
        'city, county, township or village, or 1 to 4 in this order (the length of the code tells it anyway)',
      ),
      parent: maybe(RegionCode('the code'), 'the code of the region in which it lies (its own code begins with it)'),
    },
    { ...open, description: 'A region. Parents before children.' },
  ),
  clinic: Type.Object(
    {
      ...arrival('clinic'),
      fixmedins_code: FixmedinsCode,
      name: maybe(Type.String(), NAME),
      region: RegionCode('the code of the region in which it lies'),
      openHours: Type.Optional(Type.Unknown({ description: `${HOURS_WORDS}, null or absent: not known` })),
      mode: maybe(
        Word(['mirror', 'hook'], ''),
        'mirror (its messages are copied afterwards; the default) or hook (its HIS asks before it settles)',
      ),
    },
    { ...open, description: 'A clinic. The same fixmedins_code again replaces.' },
  ),
  camera: Type.Object(
    {
      ...arrival('camera'),
      id: Code('the id of a camera, unique in the feed'),
      clinic: FixmedinsCode,
      scenePoint: Type.String({
        minLength: 1,
        description: 'where it looks: counter, consulting, pharmacy or entrance',
      }),
      required: maybe(Type.Array(Code('')), 'a list of med_type codes whose settlements need this camera (empty: all)'),
    },
    { ...open, description: 'A camera.' },
  ),
  person: Type.Object(
    {
      ...arrival('person'),
      psn_no: Code('the psn_no of the national platform, by which messages name the person'),
      certno: MaybeCode('an ID number (invented, with a right check digit)'),
      name: maybe(Type.String(), NAME),
      sex: maybe(
        Type.Union([Type.String(), Type.Integer()]),
        'male or female (also M/F, 1/2, 男/女); told by certno otherwise',
      ),
      birth: maybe(Day, 'yyyy-mm-dd; told by certno otherwise'),
      household: MaybeCode('a code that all of a household share'),
      region: maybe(RegionCode('the code'), 'the code of the region where the person lives'),
      portrait: Type.Optional(
        Type.Union(
          [
            Type.Object(
              {
                taken: maybe(Day, 'yyyy-mm-dd'),
                quality: maybe(Share, '0 to 1 (1 where it is absent: it passed the gate)'),
                template: Type.Union([Template, Type.Null()]),
              },
              open,
            ),
            Type.Null(),
          ],
          { description: `{taken: yyyy-mm-dd, quality: 0 to 1, template}, null or absent; ${TEMPLATE_WORDS}` },
        ),
      ),
    },
    { ...open, description: 'An enrollee. The same psn_no again replaces.' },
  ),
  staff: Type.Object(
    {
      ...arrival('staff'),
      id: Code('the code by which messages name the doctor (bilg_dr_codg, atddr_no)'),
      clinic: FixmedinsCode,
      name: maybe(Type.String(), NAME),
      template: maybe(Template, TEMPLATE_WORDS),
    },
    { ...open, description: 'A member of staff. The same id again replaces.' },
  ),
  signIn: Type.Object(
    {
      ...arrival('signIn'),
      staff: Code('the id of a member of staff'),
      clinic: FixmedinsCode,
      from: Time('begin of the presence'),
      to: MaybeTime('its end; null: not yet signed out'),
    },
    { ...open, description: 'A member of staff is on duty.' },
  ),
  proxy: Type.Object(
    {
      ...arrival('proxy'),
      psn_no: Code('the psn_no for whom somebody may come'),
      proxyPsnNo: Code('the psn_no of who may come'),
      relation: maybe(Type.String(), 'a word for the relation'),
      from: MaybeTime('begin of the registration; absent: its arrival'),
      to: MaybeTime('its end'),
    },
    { ...open, description: 'A registered proxy (代办).' },
  ),
  status: Type.Object(
    {
      ...arrival('status'),
      psn_no: Code('the psn_no of the person'),
      what: Word(['dead', 'inpatient', 'suspended', 'away'], 'dead, inpatient, suspended or away'),
      from: Time('since when (a bare day: its begin)'),
      to: MaybeTime('until when (a bare day: its end)'),
    },
    { ...open, description: 'An entry of an official list. It may arrive later than it holds.' },
  ),
  filed: Type.Object(
    {
      ...arrival('filed'),
      clinic: FixmedinsCode,
      psn_no: MaybeCode('the psn_no whom it is about'),
      what: Word(
        ['outage', 'homeVisit', 'vaccinationDay', 'layout', 'emergency'],
        'outage, homeVisit, vaccinationDay, layout or emergency',
      ),
      from: Time('begin'),
      to: MaybeTime('end'),
    },
    { ...open, description: 'What a clinic filed with the bureau.' },
  ),
  auth: Type.Object(
    {
      ...arrival('auth'),
      clinic: FixmedinsCode,
      psn_no: Code('the psn_no who was checked'),
      authNo: MaybeCode('the number of the check'),
      ok: Type.Union([Flag], { description: 'true or false' }),
    },
    { ...open, description: "The national terminal's face check; `at` is its moment." },
  ),
  catalogue: Type.Object(
    {
      ...arrival('catalogue'),
      med_list_codg: Code('the national code of a drug or service'),
      name: maybe(Type.String(), 'its name'),
      pack: maybe(Quantity, 'smallest units in a pack, a number above 0'),
      dailyDose: maybe(Quantity, 'smallest units a day, a number above 0'),
      procured: maybe(Flag, 'true where it is procured centrally (集采)'),
    },
    { ...open, description: 'An entry of the drug catalogue. The same code again replaces.' },
  ),
  appearance: Type.Object(
    {
      ...arrival('appearance'),
      id: Code('the id of the appearance, unique in the feed; the same id again replaces'),
      camera: Code('the id of a camera'),
      state: maybe(Word(['open', 'closed'], ''), 'open or closed (absent: closed where `to` is told)'),
      from: Time('first seen, device time'),
      to: MaybeTime('last seen so far, device time'),
      template: maybe(Template, TEMPLATE_WORDS),
      quality: maybe(Share, '0 to 1 (0 where it is absent: nothing is judged by it)'),
      faces: maybe(Type.Number({ minimum: 0 }), 'how many shots were pooled'),
      presentation: maybe(
        Word(PRESENTATION_KINDS, ''),
        `it may be a picture of somebody, not a face: ${PRESENTATION_KINDS.join(', ')} (absent: nothing says so)`,
      ),
    },
    { ...open, description: 'One person before one camera for one stretch of time.' },
  ),
  watermark: Type.Object(
    {
      ...arrival('watermark'),
      camera: Code('the id of a camera'),
      until: Time('every appearance with an earlier `from` has been delivered; device time'),
    },
    { ...open, description: "How far a camera's footage has been delivered." },
  ),
  device: Type.Object(
    {
      ...arrival('device'),
      camera: Code('the id of a camera'),
      state: Word(
        ['ok', 'offline', 'dark', 'frozen', 'covered', 'moved', 'defocused', 'low_bit_rate', 'gaps', 'unknown'],
        'ok, offline, dark, frozen, covered, moved, defocused, low_bit_rate, gaps or unknown',
      ),
      from: Time('begin of the state, device time'),
      to: MaybeTime("its end, device time; null: until the camera's next line"),
      clockOffsetS: maybe(Type.Number(), 'device time minus true time as last measured, seconds'),
    },
    { ...open, description: 'The state of a camera. Where no line speaks of a time, nobody watched.' },
  ),
  message: Type.Object(
    {
      ...arrival('message'),
      request: Type.Optional(
        Type.Unknown({ description: 'the request of the national interface: an object with infno, msgid, …' }),
      ),
      response: Type.Optional(
        Type.Unknown({ description: 'the response; null where there is none (yet): 2206 of a hook clinic' }),
      ),
      message: Type.Optional(
        Type.Union(
          [Type.Object({ request: Type.Unknown(), response: Type.Optional(Type.Unknown()) }, open), Type.Null()],
          { description: 'an object {request, response}, in place of the two fields beside it' },
        ),
      ),
    },
    { ...open, description: 'A message pair of the national interface, claims and stock alike.' },
  ),
} as const satisfies Readonly<Record<FeedKind, unknown>>;

export type RawLine<Kind extends FeedKind> = Static<(typeof LINE_SCHEMAS)[Kind]>;
