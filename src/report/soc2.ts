/**
 * What each SOC 2 criterion that policies name is about, in our own words (the criteria themselves are the AICPA's).
 * A policy supports a criterion; it never satisfies one.
 */
const gists: Readonly<Record<string, string>> = {
  "CC2.1": "Controls run on information that is relevant and of good quality.",
  "CC4.1": "Controls are looked at regularly to see whether they are there and work.",
  "CC4.2": "Shortcomings of controls are reported to those who must mend them, in time.",
  "CC6.1": "Access to systems and data is restricted by design: identities, authentication, separation, keys.",
  "CC6.2": "Accounts and credentials are given out after approval and taken back when no longer needed.",
  "CC6.3": "Permissions follow the role, least privilege and separated duties, and change when these do.",
  "CC6.6": "The boundary is defended against those outside it.",
  "CC6.7": "Data that moves or leaves is limited to those allowed, and protected on the way.",
  "CC6.8": "Unauthorised or malicious software is kept out or found.",
  "CC7.1": "Changes of configuration and new weaknesses are noticed against a baseline.",
  "CC7.2": "Systems are watched for what is out of the ordinary.",
  "CC7.3": "Security events are judged, and acted on where needed.",
  "CC8.1": "Changes are authorised, tested, approved and traceable.",
  "C1.1": "Confidential information is known and protected.",
  "PI1.1": "Processing is specified so that its results can be trusted.",
  "PI1.2": "What enters processing is complete and accurate.",
  "PI1.3": "Processing is complete, accurate and traceable.",
  "PI1.4": "What leaves processing is complete and accurate.",
  "PI1.5": "What is stored stays complete and accurate.",
};

/** The gist of a criterion such as CC6.3, or null for one that is not listed. */
export function soc2Gist(criterion: string): string | null {
  return Object.hasOwn(gists, criterion) ? (gists[criterion] ?? null) : null;
}
