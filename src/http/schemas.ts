import { Type } from 'typebox';

/** How every route of our own API says that it refused. */
export const ErrorResponse = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'Stable name of the error' }),
      message: Type.String({ description: 'What is wrong, in plain words' }),
      remedy: Type.Optional(Type.String({ description: 'What the reader can do about it' })),
      details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  },
  { $id: 'Error', description: 'Error' },
);
