// Why a room is over: the name of the template that says so, by the code of the refusal or of the close.

const WHY = new Map([
  [101, "deleted"],
  [4404, "deleted"],
  [4403, "signed-out"],
  [104, "token"],
  [401, "token"],
  [402, "token"],
  [403, "token"],
  [202, "name"],
  [204, "other-name"],
]);

export const whyOf = (code) => WHY.get(code) ?? "refused";
