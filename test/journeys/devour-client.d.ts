/** What the tests use of devour-client, which comes without types. */
declare module 'devour-client' {
  type Item = Record<string, unknown>;
  interface Response {
    status: number;
    data: unknown;
  }
  interface Answer {
    // biome-ignore lint/suspicious/noExplicitAny: it makes objects of whatever shape the models have.
    data: any;
    meta?: Item;
    links?: Item;
  }
  class Devour {
    constructor(options: { apiUrl: string; logger?: boolean; errorBuilder?: (error: Item) => Item });
    headers: Record<string, string>;
    axios: (request: unknown) => Promise<Response>;
    define(model: string, attributes: Item, options?: Item): void;
    find(model: string, id: string, params?: Item): Promise<Answer>;
    findAll(model: string, params?: Item): Promise<Answer>;
    create(model: string, payload: Item, params?: Item): Promise<Answer>;
    update(model: string, payload: Item, params?: Item): Promise<Answer>;
    destroy(model: string, id: string): Promise<Answer>;
    destroy(payload: readonly Item[]): Promise<Answer>;
    one(model: string, id: string): this;
    relationships(name: string): this;
    get(params?: Item): Promise<Answer>;
    post(payload: readonly Item[]): Promise<Answer>;
    patch(payload: readonly Item[]): Promise<Answer>;
  }
  export = Devour;
}
