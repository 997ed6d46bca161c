import { type Action, type Elbv2, type ForwardAction, type Scope, targetGroupArn } from '@stowage/domain';

/** Returns the API's list of actions with a rule's only action. */
export function actionsView(action: Action, scope: Scope): readonly Elbv2.Action[] {
  switch (action.type) {
    case 'forward':
      return [forwardView(action, scope)];
    case 'fixed-response': {
      const { statusCode, contentType, messageBody } = action;
      return [
        {
          Type: action.type,
          Order: 1,
          FixedResponseConfig: {
            StatusCode: statusCode,
            ...(contentType !== undefined && { ContentType: contentType }),
            ...(messageBody !== undefined && { MessageBody: messageBody }),
          },
        },
      ];
    }
    case 'redirect': {
      const { statusCode, protocol, host, port, path, query } = action;
      return [
        {
          Type: action.type,
          Order: 1,
          RedirectConfig: {
            StatusCode: statusCode,
            Protocol: protocol,
            Host: host,
            Port: port,
            Path: path,
            Query: query,
          },
        },
      ];
    }
  }
}

function forwardView({ targetGroups, stickiness }: ForwardAction, scope: Scope): Elbv2.Action {
  const weighted = targetGroups.map(({ targetGroup: name, targetGroupId: id, weight }) => ({
    TargetGroupArn: targetGroupArn(scope, { name, id }),
    Weight: weight,
  }));
  const [only, ...others] = weighted;
  return {
    Type: 'forward',
    Order: 1,
    ...(only && others.length === 0 && { TargetGroupArn: only.TargetGroupArn }),
    ForwardConfig: {
      TargetGroups: weighted,
      TargetGroupStickinessConfig: stickiness
        ? { Enabled: true, DurationSeconds: stickiness.durationSeconds }
        : { Enabled: false },
    },
  };
}
