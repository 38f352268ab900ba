import Type from 'typebox';

/** Text from outside that Postgres is asked with, which takes anything but NUL. */
export const StorableText = (maxLength: number, options: object) =>
  Type.String({ maxLength, pattern: '^[^\\u0000]*$', ...options });

// What parameters mean that several addresses take, for the description of the API: spread into a field's options.

const said = (description: string, example?: string) =>
  example === undefined ? { description } : { description, examples: [example] };

export const PIPELINE = said('A pipeline that /api/pipelines lists', 'santa-deliveries');
export const TABLE = said('A table of the pipeline', 'gold_top_cities');
export const RULE = said('An expectation of the table', 'positive_gift_count');
export const REGION = said('This region alone', 'Europe');
export const GIFT_TYPE = said('This type of gift alone', 'toys');
export const CITY = said('This city alone', 'Oslo');
export const FROM = said('The first moment asked for; an hour before `to` where only that is given');
export const TO = said('The moment where it ends; the newest that has an event where nothing is said');
export const FORMAT = said('`csv` gives the rows alone, as a file');
