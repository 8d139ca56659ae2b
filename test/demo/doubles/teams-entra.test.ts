import { generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import { FORGERIES } from '../../../src/demo/doubles/teams/forgeries.ts';
import {
  ALICE,
  APP,
  accessToken,
  askForToken,
  BOB,
  CAROL,
  CONNECTOR_SCOPE,
  everyTestItsOwnDouble,
  GRAPH_SCOPE,
  scene,
  start,
  TENANT,
} from './teams-scene.ts';

everyTestItsOwnDouble();

describe('the token of an activity', () => {
  test('is believed as the Connector signs it', async () => {
    const activity = scene.double.typeActivity(ALICE, 'help');
    expect((await scene.double.sendRaw({ activity })).status).toBe(200);
    expect(scene.heard).toEqual([activity]);
  });

  test.each(Object.entries(FORGERIES))('is not believed: %s', async (_what, token) => {
    const activity = scene.double.typeActivity(ALICE, 'help');
    expect((await scene.double.sendRaw({ activity, token })).status).toBe(401);
    expect(scene.heard).toEqual([]);
  });

  test('may be missing, or be of another time', async () => {
    const activity = scene.double.typeActivity(ALICE, 'help');
    for (const authorization of [null, 'Bearer x', 'Basic x'])
      expect((await scene.double.sendRaw({ activity, authorization })).status).toBe(401);
    const delivery = await scene.double.sendRaw({ activity });
    const again = await scene.double.sendRaw({ replayOf: delivery });
    expect([again.body, again.headers.authorization]).toEqual([
      delivery.body,
      delivery.headers.authorization,
    ]);
    expect(scene.double.deliveries).toHaveLength(5);
  });

  test('there is none where authentication is off', async () => {
    await start({ auth: 'off' });
    await scene.double.type(ALICE, 'help');
    expect(scene.double.deliveries.at(-1)?.headers).not.toHaveProperty('authorization');
    const open = await fetch(
      `${scene.double.serviceUrl}v3/conversations/${scene.double.chatOf(ALICE)}/members/${ALICE}`,
    );
    expect(open.status).toBe(200);
  });
});

describe('the login endpoint', () => {
  test('gives a token to the app, for the API it names', async () => {
    const body = (await (await askForToken({ scope: CONNECTOR_SCOPE })).json()) as JsonObject;
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    expect(scene.double.calls.at(-1)?.args).not.toHaveProperty('client_secret');
  });

  const refusals: [string, Record<string, string>, [number, string]][] = [
    ['a wrong secret', { client_secret: 'x' }, [401, 'invalid_client']],
    ['no secret', { client_secret: '' }, [401, 'invalid_client']],
    ['another app', { client_id: 'other' }, [400, 'unauthorized_client']],
    ['another grant', { grant_type: 'password' }, [400, 'unsupported_grant_type']],
    ['another scope', { scope: 'https://management.azure.com/.default' }, [400, 'invalid_scope']],
    [
      'an assertion that is none',
      {
        client_assertion: 'x',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      [401, 'invalid_client'],
    ],
    [
      'an assertion of another type',
      { client_assertion: 'x', client_assertion_type: 'saml' },
      [401, 'invalid_client'],
    ],
  ];
  test.each(refusals)('refuses %s', async (_what, form, expected) => {
    const answer = await askForToken(form);
    expect([answer.status, ((await answer.json()) as JsonObject).error]).toEqual(expected);
  });

  test('refuses another tenant', async () => {
    expect((await askForToken({}, 'other')).status).toBe(400);
  });

  test('takes a signed assertion in place of the secret, for its own address and time', async () => {
    const { privateKey } = await generateKeyPair('PS256');
    const ask = async (claims: JsonObject, header: JsonObject = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const aud = `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;
      const all = { aud, iss: APP, sub: APP, jti: 'j', nbf: now, exp: now + 600, ...claims };
      const assertion = await new SignJWT(all)
        .setProtectedHeader({ alg: 'PS256', 'x5t#S256': 'abc', ...header })
        .sign(privateKey);
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      return (
        await askForToken({ client_secret: '', client_assertion: assertion, client_assertion_type: type })
      ).status;
    };
    expect(await ask({})).toBe(200);
    expect(await ask({ iss: 'other' })).toBe(401);
    expect(await ask({ aud: 'https://login.microsoftonline.com/other/oauth2/v2.0/token' })).toBe(401);
    expect(await ask({ exp: 1 })).toBe(401);
    expect(await ask({ jti: undefined })).toBe(401);
    expect(await ask({}, { 'x5t#S256': undefined })).toBe(401);
  });

  test('answers what libraries ask before', async () => {
    const { loginUrl } = scene.double;
    const metadata = (await (
      await fetch(`${loginUrl}/${TENANT}/v2.0/.well-known/openid-configuration`)
    ).json()) as JsonObject;
    expect(metadata.token_endpoint).toBe(`${loginUrl}/${TENANT}/oauth2/v2.0/token`);
    expect((await fetch(`${loginUrl}/common/discovery/instance?api-version=1.1`)).status).toBe(200);
  });

  test('fails as ordered', async () => {
    scene.double.addFault({ method: 'token', status: 400, code: 'temporarily_unavailable' });
    expect((await askForToken({})).status).toBe(400);
    expect((await askForToken({})).status).toBe(200);
  });
});

describe('Graph', () => {
  const graph = async (path: string, token?: string) => {
    const bearer = token ?? (await accessToken(GRAPH_SCOPE));
    const answer = await fetch(scene.double.graphUrl + path, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    const body = (await answer.json()) as JsonObject & { error?: { code: string }; value?: JsonObject[] };
    return { status: answer.status, body, code: body.error?.code };
  };

  test('is for its own tokens', async () => {
    expect(await graph(`/users/${ALICE}`, scene.token)).toMatchObject({
      status: 401,
      code: 'InvalidAuthenticationToken',
    });
  });

  test('knows people by object id and user principal name, not by mere mail address', async () => {
    expect((await graph(`/users/${ALICE}`)).body).toMatchObject({ id: ALICE, mail: 'alice@example.com' });
    expect((await graph('/users/ALICE@example.com')).body.id).toBe(ALICE);
    expect(await graph('/users/carol@other.example')).toMatchObject({
      status: 404,
      code: 'Request_ResourceNotFound',
    });
    const guest = encodeURIComponent('carol_other.example#EXT#@double.onmicrosoft.com');
    expect((await graph(`/users/${guest}?$select=id,userType,accountEnabled`)).body).toEqual({
      id: CAROL,
      userType: 'Guest',
      accountEnabled: true,
    });
  });

  test('gives what $select names, and nobody’s state unasked', async () => {
    expect((await graph(`/users/${ALICE}`)).body).not.toHaveProperty('accountEnabled');
    scene.double.updatePerson(ALICE, { enabled: false });
    expect((await graph(`/users/${ALICE}?$select=accountEnabled`)).body).toEqual({ accountEnabled: false });
    expect((await graph(`/users/${ALICE}?$select=boss`)).status).toBe(400);
    expect((await graph(`/users/${ALICE}?$expand=manager`)).status).toBe(400);
  });

  test('knows managers; having none is 404', async () => {
    expect((await graph(`/users/${ALICE}/manager?$select=id`)).body).toEqual({ id: BOB });
    for (const nobody of [BOB, 'aad-nobody'])
      expect(await graph(`/users/${nobody}/manager`)).toMatchObject({
        status: 404,
        code: 'Request_ResourceNotFound',
      });
  });

  const search = (filter: string) => graph(`/users?$filter=${encodeURIComponent(filter)}&$select=id`);
  test('finds people by filter, with quotes doubled', async () => {
    expect((await search("mail eq 'Alice@example.com'")).body.value).toEqual([{ id: ALICE }]);
    const bob = "bob.o''hara@example.com";
    expect((await search(`mail eq '${bob}' or userPrincipalName eq '${bob}'`)).body.value).toEqual([
      { id: BOB },
    ]);
    expect((await search("mail eq 'nobody@example.com'")).body.value).toEqual([]);
  });

  test.each([
    "mail eq 'bob.o'hara@example.com'",
    'mail eq alice',
    "boss eq 'x'",
    "mail eq 'a' or",
    '',
    "mail eq 'a' and mail eq 'b'",
  ])('refuses the filter %j', async (filter) => {
    expect((await search(filter)).status).toBe(400);
  });

  test('answers 403 without consent', async () => {
    scene.double.graphConsent = false;
    for (const path of [`/users/${ALICE}`, `/users/${ALICE}/manager`, "/users?$filter=mail eq 'a'"])
      expect(await graph(path)).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' });
  });

  test('fails as ordered, for one person', async () => {
    scene.double.addFault({
      method: 'graph',
      person: BOB,
      status: 429,
      code: 'TooManyRequests',
      retryAfter: 3,
    });
    expect((await graph(`/users/${ALICE}`)).status).toBe(200);
    expect((await graph(`/users/${BOB}/manager`)).status).toBe(429);
    expect(scene.double.calls.at(-1)).toMatchObject({ method: 'graph.manager', answered: { retryAfter: 3 } });
  });

  test('has nothing elsewhere', async () => {
    expect((await graph('/groups')).status).toBe(404);
    expect(scene.double.calls.at(-1)?.method).toBe('unknown');
  });
});
