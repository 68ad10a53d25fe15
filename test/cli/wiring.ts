/** Fields with words that a service knows: what else stands there breaks the field. */
const words = new Set(
  (
    "kind state status actualState desiredState denyAssignmentEffect assignmentType memberType principalType " +
    "bypass defaultAction roleType authorizationSource plan_tier publicNetworkAccess publicAccess administratorType keyType " +
    "category categoryGroup createdByType servicePrincipalType userType"
  ).split(" "),
);

export function isWord(place: string): boolean {
  const field = /([^.[\]]*)(?:\[\])*$/.exec(place)?.[1] ?? "";
  return words.has(field) && !place.startsWith("prefect.");
}

/** Places by which the services and the reader find things: what else stood there would hide what is below them. */
const places =
  /^(?:arm\.(?!diagnosticSettings|synapseFirewallRules)\w+\[\]\.name|arm\.managementGroups\[\]\..*\.name|(?:arm|graph|synapse)\..*\.type|lake\..*|.*\.ipRules\[\]\.value|readerPermissions.*|.*\.(?:handle|accountUrl|identity))$/;

/** Whether a text leads to something else: a name in an address, an id, an address, a time or a number. */
export function isLink(place: string, value: string): boolean {
  return (
    places.test(place) ||
    /^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(value) ||
    /^(?:\/|https?:\/\/[^ ]*$|\d{4}-\d\d-\d\d|[\d.]+$|P\d|PT\d)/.test(value)
  );
}
