import type { Like } from '../like.ts';

export const zh = {
  title: '人脸检索',
  intro: '结果只是线索，不能作为认定依据。每次检索连同目的记入审计。',
  by: {
    picture: '按图片',
    appearance: '按出现记录',
  },
  file: '图片',
  appearance: '出现记录编号',
  clinic: '机构编码',
  clinicExtra: '填写后只在该机构服务范围内检索',
  purpose: '检索目的',
  search: '检索',
  compared: '比对 {{compared}} 张，库中共 {{size}} 张',
  incomplete: '检索未能覆盖全部相片，未找到不代表没有。',
  none: '没有找到相似的人。未找到不代表没有。',
  rank: '次序',
  who: '人员',
  born: '出生年份',
  zone: '结论',
  scale: '相对阈值',
};

export const en: Like<typeof zh> = {
  title: 'Face search',
  intro: 'What is found is a hint and proves nothing. Each search goes into the audit trail with its purpose.',
  by: {
    picture: 'By a picture',
    appearance: 'By an appearance',
  },
  file: 'Picture',
  appearance: 'Number of the appearance',
  clinic: 'Clinic code',
  clinicExtra: 'With it, only the catchment of that clinic is searched',
  purpose: 'Purpose',
  search: 'Search',
  compared: '{{compared}} of {{size}} portraits compared',
  incomplete: 'Not every portrait was searched: not found is not absent.',
  none: 'Nobody alike was found. Not found is not absent.',
  rank: 'Rank',
  who: 'Who',
  born: 'Born',
  zone: 'In words',
  scale: 'Against the threshold',
};
