/** A JSON object, such as an Adaptive Card: what it holds is the schema's to say. */
export type JsonObject = { [key: string]: JsonValue };
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
