import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Empty, Form, Input, Segmented, Space, Table, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/generated/sdk.gen.ts';
import type { SearchFaceOfAppearanceResponse } from '../api/generated/types.gen.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { useErrorText } from '../ui/error-text.ts';
import { NoRight } from '../ui/states.tsx';

type Found = SearchFaceOfAppearanceResponse;
type By = 'picture' | 'appearance';
interface Asked {
  readonly purpose: string;
  readonly clinicCode?: string;
  readonly appearanceId?: string;
}

export default function FaceSearchPage() {
  return useRight('faces.search') ? <FaceSearch /> : <NoRight />;
}

/** Whose face it may be: hints in words, each search with its purpose. */
function FaceSearch() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [by, setBy] = useState<By>('picture');
  const [file, setFile] = useState<File | null>(null);
  const search = useMutation({
    mutationFn: async ({ purpose, clinicCode = '', appearanceId = '' }: Asked): Promise<Found> => {
      const scope = clinicCode.trim() === '' ? 'all' : 'catchment';
      const where = {
        scope,
        purpose: purpose.trim(),
        ...(scope === 'catchment' && { clinicCode: clinicCode.trim() }),
      } as const;
      if (by === 'appearance')
        return (
          await api.searchFaceOfAppearance({
            body: { ...where, appearanceId: appearanceId.trim() },
            throwOnError: true,
          })
        ).data;
      if (file === null) throw new Error('no picture was chosen');
      return (
        await api.searchFaceOfPicture({
          query: where,
          body: file,
          bodySerializer: null,
          headers: { 'content-type': file.type },
          throwOnError: true,
        })
      ).data;
    },
  });
  const required = [{ required: true, whitespace: true }];
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('faceSearch.title')}</Typography.Title>
        <Segmented<By>
          value={by}
          onChange={(chosen) => {
            setBy(chosen);
            search.reset();
          }}
          options={(['picture', 'appearance'] as const).map((value) => ({ value, label: t(`faceSearch.by.${value}`) }))}
        />
      </header>
      <Typography.Paragraph type="secondary">{t('faceSearch.intro')}</Typography.Paragraph>
      <Form<Asked> layout="vertical" style={{ maxWidth: 560 }} onFinish={(asked) => search.mutate(asked)}>
        {by === 'picture' ? (
          <Form.Item label={t('faceSearch.file')} htmlFor="face-file">
            <input
              id="face-file"
              type="file"
              accept="image/jpeg,image/png"
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          </Form.Item>
        ) : (
          <Form.Item name="appearanceId" label={t('faceSearch.appearance')} rules={required}>
            <Input />
          </Form.Item>
        )}
        <Form.Item name="clinicCode" label={t('faceSearch.clinic')} extra={t('faceSearch.clinicExtra')}>
          <Input />
        </Form.Item>
        <Form.Item name="purpose" label={t('faceSearch.purpose')} rules={required}>
          <Input maxLength={200} />
        </Form.Item>
        <Button
          type="primary"
          htmlType="submit"
          loading={search.isPending}
          disabled={by === 'picture' && file === null}
        >
          {t('faceSearch.search')}
        </Button>
      </Form>
      <div aria-live="polite" style={{ marginTop: 16 }}>
        {search.isError && <Alert type="error" showIcon title={errorText(search.error)} />}
        {search.data !== undefined && <Candidates found={search.data} />}
      </div>
    </div>
  );
}

function Candidates({ found }: { readonly found: Found }) {
  const { t, i18n } = useTranslation();
  return (
    <Space orientation="vertical" style={{ width: '100%' }}>
      <Alert
        type="info"
        showIcon
        title={inLanguage(found.hint, i18n.language)}
        description={t('faceSearch.compared', { compared: found.compared, size: found.gallerySize })}
      />
      {!found.complete && <Alert type="warning" showIcon title={t('faceSearch.incomplete')} />}
      {found.candidates.length === 0 ? (
        <Empty description={t('faceSearch.none')} />
      ) : (
        <Table<Found['candidates'][number]>
          rowKey="portraitId"
          size="small"
          pagination={false}
          dataSource={found.candidates}
          columns={[
            { title: t('faceSearch.rank'), dataIndex: 'rank', width: 70 },
            { title: t('faceSearch.who'), render: (_, candidate) => candidate.name ?? candidate.subjectRef },
            { title: t('faceSearch.born'), width: 100, render: (_, candidate) => candidate.birthYear ?? '–' },
            {
              title: t('faceSearch.zone'),
              render: (_, candidate) => <Tag>{inLanguage(candidate.zone, i18n.language)}</Tag>,
            },
            {
              title: t('faceSearch.scale'),
              width: 220,
              render: (_, candidate) =>
                candidate.threshold === null ? (
                  '–'
                ) : (
                  <meter
                    aria-label={t('faceSearch.scale')}
                    min={-1}
                    max={1}
                    high={candidate.threshold}
                    value={candidate.score}
                  />
                ),
            },
          ]}
        />
      )}
    </Space>
  );
}
