import { Type } from 'typebox';
import type { ClinicPeriodFacts } from '../periods/facts.ts';
import { percent, rounded } from './period.ts';
import { clear, defineRule, type Result } from './rule.ts';

/** 凭证异常: ID cards and social-security cards where others use code or face; one device at two clinics (DOMAIN.md 2.4 A12). */
export const credentialPattern = defineRule({
  id: 'A12',
  version: 1,
  names: { zh: '凭证异常', en: 'Credential pattern' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近30日',
  subjects: ['clinic_period'],
  supervised: '机构',
  dataNeeded: ['mdtrt_cert_type', 'dev_no', '县域同类机构统计', '停电断网报备'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十五条（核验医疗保障凭证）', '第四十条'],
  causeNo: [20],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    mandatorySince: Type.String({
      pattern: '^(\\d{4}-\\d{2}-\\d{2})?$',
      default: '2024-01-01',
      description: 'Day from which face settlement is mandatory (yyyy-mm-dd); empty: it is not, and shares say nothing',
    }),
    minSettlements: Type.Integer({
      minimum: 5,
      maximum: 1000,
      default: 20,
      unit: 'settlements',
      description: 'With fewer known credentials in 30 days a share is chance',
    }),
    minPeers: Type.Integer({
      minimum: 2,
      maximum: 1000,
      default: 10,
      unit: 'clinics',
      description: 'With fewer clinics in the county there is no 95th percentile',
    }),
    minShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      unit: 'share',
      description: 'A share below this is none to speak of, whatever the others do',
    }),
    marginOverP95: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.05,
      unit: 'share',
      description: 'By so much above the 95th percentile of the county',
    }),
    placeholderClinics: Type.Integer({
      minimum: 3,
      maximum: 1000,
      default: 5,
      unit: 'clinics',
      description: "A device number that so many clinics use is a HIS vendor's placeholder, not a device",
    }),
  }),
  evaluate: (facts, parameters) => [shareOf(facts, parameters), ...devicesOf(facts, parameters)],
});

interface Limits {
  readonly mandatorySince: string;
  readonly minSettlements: number;
  readonly minPeers: number;
  readonly minShare: number;
  readonly marginOverP95: number;
  readonly placeholderClinics: number;
}

function shareOf(facts: ClinicPeriodFacts, limits: Limits): Result {
  const { credentials, peers } = facts;
  if (limits.mandatorySince === '' || credentials.from < limits.mandatorySince)
    return clear('not_mandatory', '尚未要求刷脸结算。', 'Face settlement was not mandatory yet.');
  if (credentials.known < limits.minSettlements)
    return clear('few_settlements', '已知凭证的结算太少。', 'Too few settlements with a known credential.');
  const share = credentials.typed / credentials.known;
  const evidence = {
    typed: credentials.typed,
    known: credentials.known,
    share: rounded(share),
    county: peers?.county ?? null,
    peersDay: peers?.day ?? null,
    p95: peers?.typedP95 == null ? null : rounded(peers.typedP95),
    median: peers?.typedMedian == null ? null : rounded(peers.typedMedian),
    peers: peers?.credentialClinics ?? 0,
    filedOutageDays: facts.filedOutageDays.length,
  };
  if (share < limits.minShare)
    return {
      ...clear('low_share', '身份证、社保卡结算占比不高。', 'Few settle with ID or social-security card.'),
      evidence,
    };
  if (peers?.typedP95 == null || peers.credentialClinics < limits.minPeers)
    return {
      outcome: 'undetermined',
      reason: 'peers_unknown',
      zh: '同县机构的统计尚不足，无法比较。',
      en: 'Too little is known of the other clinics of the county to compare.',
      evidence,
    };
  if (share <= peers.typedP95 + limits.marginOverP95)
    return { ...clear('like_peers', '与同县机构相近。', 'Not beyond the other clinics of the county.'), evidence };
  return {
    outcome: 'hit',
    reason: 'typed_credentials',
    zh: `近 30 日 ${percent(share)} 的结算使用身份证或社保卡（${credentials.typed}/${credentials.known}），同县 95 % 的机构不超过 ${percent(peers.typedP95)}。`,
    en: `${percent(share)} of the settlements of 30 days were made with an ID or social-security card (${credentials.typed} of ${credentials.known}); 95 % of the county's clinics stay below ${percent(peers.typedP95)}.`,
    incidentKey: `clinic-month:${facts.clinic.code}:${facts.month}:A12`,
    evidence,
  };
}

function devicesOf(facts: ClinicPeriodFacts, { placeholderClinics }: Limits): Result[] {
  return facts.sharedDevices.map(({ devNo, clinics, others }): Result => {
    const evidence = { devNo, clinics, others };
    const part = `device:${devNo}`;
    if (clinics >= placeholderClinics)
      return {
        outcome: 'undetermined',
        reason: 'device_placeholder',
        zh: `设备号 ${devNo} 被 ${clinics} 家机构使用，应为系统占位值，请软件厂商更正。`,
        en: `${clinics} clinics send the device number ${devNo}: a placeholder, which the HIS vendor should correct.`,
        part,
        class: 'data',
        evidence,
      };
    return {
      outcome: 'hit',
      reason: 'device_at_two_clinics',
      zh: `同一设备号 ${devNo} 近 30 日还在 ${others.join('、')} 使用。`,
      en: `The device number ${devNo} was used at ${others.join(', ')} as well within 30 days.`,
      part,
      incidentKey: `clinic-month:${facts.clinic.code}:${facts.month}:A12-device`,
      evidence,
    };
  });
}
