import { clusterName, instanceId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { newAgentKeys } from '../authority/authority';
import { joinUrl } from './join-deployment';
import {
  instanceOfJoin,
  joinAnswer,
  joinRequest,
  joinTokenText,
  newJoinToken,
  parseJoinToken,
  verifyJoinAnswer,
  verifyJoinRequest,
} from './join';

describe('the join handshake', () => {
  const token = newJoinToken();
  const { publicKey } = newAgentKeys();
  const secretOf = (id: string): string | undefined => (id === token.id ? token.secret : undefined);
  const grant = {
    jwt: 'j',
    ca: 'c',
    natsUrls: ['tls://h:1'],
    cluster: clusterName('c'),
    instance: instanceId('1'.repeat(32)),
  };

  it('transmits neither the secret nor data from which it could be derived', () => {
    const request = joinRequest(token, publicKey);
    expect(parseJoinToken(`${joinTokenText(token)}\n`)).toEqual(token);
    const sent = JSON.stringify([request, joinAnswer(token.secret, request, grant)]);
    expect(sent).not.toContain(token.secret);
    expect(verifyJoinRequest(JSON.parse(JSON.stringify(request)), secretOf)).toEqual(request);
  });

  it('results in the same instance if it is repeated, and in another one with other keys', () => {
    const instance = instanceOfJoin(joinRequest(token, publicKey));
    expect(instance).toMatch(/^[0-9a-f]{32}$/);
    expect(instanceOfJoin(joinRequest(token, publicKey))).toBe(instance);
    expect(instanceOfJoin(joinRequest(token, newAgentKeys().publicKey))).not.toBe(instance);
  });

  it('rejects requests without the secret', () => {
    const request = joinRequest(token, publicKey);
    const stranger = joinRequest({ ...token, secret: newJoinToken().secret }, publicKey);
    const wrong: readonly unknown[] = [
      stranger,
      joinRequest(newJoinToken(), publicKey),
      { ...request, publicKey: newAgentKeys().publicKey },
      { ...request, nonce: stranger.nonce },
      { ...request, mac: '' },
      joinRequest({ id: newJoinToken().id, secret: '' }, publicKey),
    ];
    for (const body of wrong) expect(() => verifyJoinRequest(body, secretOf)).toThrow('The join token is not known.');
  });

  it.each([
    [null, 'request'],
    [1, 'request'],
    ['x', 'request'],
    [[[]], 'request'],
    [{}, 'tokenId'],
    [{ ...joinRequest(token, publicKey), publicKey: 'SUABC' }, 'publicKey'],
    [{ ...joinRequest(token, publicKey), nonce: 'x' }, 'nonce'],
    [{ tokenId: 1 }, 'tokenId'],
  ])('rejects a malformed request with an error that names the member: %j', (body, member) => {
    expect(() => verifyJoinRequest(body, secretOf)).toThrow(
      `This is not a request to join. Malformed message: '${member}'`,
    );
  });

  it('accepts only an answer that was made with the secret and for this request', () => {
    const request = joinRequest(token, publicKey);
    const answer = joinAnswer(token.secret, request, grant);
    expect(verifyJoinAnswer(token.secret, request, JSON.parse(JSON.stringify(answer)))).toEqual(grant);
    const forged: readonly unknown[] = [
      { ...answer, natsUrls: ['tls://evil:1'] },
      { ...answer, ca: 'evil' },
      { ...answer, ca: undefined },
      joinAnswer(newJoinToken().secret, request, grant),
      joinAnswer(token.secret, joinRequest(token, publicKey), grant),
    ];
    for (const body of forged) {
      expect(() => verifyJoinAnswer(token.secret, request, body)).toThrow('does not come from the control plane');
    }
    expect(() => verifyJoinAnswer(token.secret, request, { hello: 1 })).toThrow(
      "did not answer as a control plane does. Malformed message: 'jwt'",
    );
  });

  it.each([
    ['host', 'http://host:5100/join'],
    ['host:80', 'http://host/join'],
    ['10.0.0.1:7000', 'http://10.0.0.1:7000/join'],
    ['https://host', 'https://host/join'],
    ['http://host:1/', 'http://host:1/join'],
  ])('uses the URL %s', (server, url) => {
    expect(joinUrl(server).href).toBe(url);
  });
});
