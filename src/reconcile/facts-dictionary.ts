/**
 * What facts look like, for those who press them (facts-form.ts): their keys, in their order, with values as they often are.
 * Stored facts can be opened only with this very text. **Never change it**: a better one is a second dictionary.
 */
export const FACTS_DICTIONARY = [
  '{"clinic":{"code":"H411","faceRecognition":true,"mode":"mirror","regionCode":"411"},"events":[{"at":177,"cancelled":false,"eventId":"","kind":"registration","msgid":"H411"}',
  ',{"at":177,"cancelled":false,"eventId":"","kind":"trial_settlement","msgid":"H411"},{"at":177,"cancelled":false,"eventId":"","kind":"settlement","msgid":"H411"}],"kind":"visit",',
  '"mdtrtId":null,"movedTo":null,"msgid":"H411","person":{"birth":"19","isStaffHere":false,"known":true,"portrait":null,"psnNo":"P411","sex":"female","statuses":[]},"presence":null,"reversed":false,"schema":1,"visitKey":"message:H411',
  '{"at":177,"claimedClusters":[1],"claimedIsStaff":false,"clustersAtCounter":[1],"clustersInWindow":[1,2],"complete":true,"coverage":1,"fundFen":1,"homeVisit":false,"householdClusters":[],"msgid":"H411","possibleClusters":[],"proxyClusters":[],',
  '"proxyUnseenPossible":false,"psnNo":"P411","reversed":false,"setlId":"SH411","settlementId":"","staffInWindow":true,"unjudgedAtCounter":false,"unjudgedInWindow":false,"visitKey":"visit:H411:MH411"},',
  '"staffKnown":true,"unjudgedHeads":0,"vaccinationDay":false,"visitors":1}{"card":{"calibrated":true,"modelVersion":"faceapi-dlib-128/five-point-mirror-1#faceapi-dlib-128/","siteCalibrated":false},',
  '"closed":false,"closesAt":177,"complete":false,"coverage":1,"day":"2026-0","dayFrom":177,"dayTo":177,"heads":1,"kind":"clinic_day","minCoverage":0.8,"open":[{"from":177,"to":177}],"schema":1,"settlements":[',
  '{"at":177,"clinic":{"code":"H411","faceRecognition":true,"mode":"hook","regionCode":"411"},"filings":{"homeVisit":false,"outage":false,"vaccinationDay":false},"fundFen":1,"kind":"settlement","mdtrtId":"MH411","medType":"11","msgid":"H411",',
  '"person":{"birth":"19","isStaffHere":false,"known":true,"portrait":{"comparable":true,"quality":0.,"takenOn":"20"},"psnNo":"P411","sex":"male","statuses":[]},"presence":{"appearances":[',
  '{"atCounter":true,"cameraId":"411","claimed":{"llr":,"qualityBin":"all","score":0.,"zone":"match"},"cluster":1,"faces":1,"from":177,"hasTemplate":true,"household":null,"id":"","other":null,"proxy":null,"quality":0.,"revision":2,"scenePoint":"counter",',
  '"staff":{"llr":-6,"qualityBin":"all","ref":"","score":0.,"zone":"beyond_genuine_tail"},"state":"closed","to":177},{"atCounter":false,"cameraId":"411","claimed":{"llr":-6,"qualityBin":"all","score":-0.,"zone":"beyond_genuine_tail"},"cluster":2,"faces":1,"from":177,',
  '"hasTemplate":true,"household":null,"id":"","other":{"llr":-6,"qualityBin":"all","ref":"P411","score":0.,"zone":"uncertain"},"proxy":null,"quality":0.,"revision":1,"scenePoint":"consulting","staff":null,"state":"open","to":177}],"at":177,',
  '"cameras":[{"cameraId":"411","clockOffsetMs":0,"complete":true,"counter":true,"coverage":1,"required":true,"scenePoint":"counter","states":[{"from":177,"state":"ok","to":177}],"uncertaintyMs":5000},{"cameraId":"411","clockOffsetMs":0,"complete":false,"counter":false,"coverage":1,',
  '"required":true,"scenePoint":"entrance","states":[{"from":177,"state":"ok","to":177}],"uncertaintyMs":30000}],"candidates":[{"hasPortrait":true,"ref":"","role":"staff"},{"hasPortrait":true,"ref":"P411","role":"household"},{"hasPortrait":false,"ref":"P411","role":"proxy"},{"hasPortrait":true,"ref":"P411","role":"other"}],',
  '"card":{"calibrated":true,"modelVersion":"faceapi-dlib-128/five-point-mirror-1#faceapi-dlib-128/","siteCalibrated":false},"claimedAgeYears":,"claimedIsStaff":false,"claimedPortrait":{"comparable":true,"quality":0.,"takenOn":"20"},"complete":false,"counterMoment":{"from":177,"to":177},"coverage":1,',
  '"faceRecognition":true,"footageLost":false,"gaps":[{"from":177,"to":177}],"limits":{"explainedMarginLlr":1,"llrCap":6,"minAgeYears":3,"missedMax":0.001,"portraitMaxAgeYears":15,"portraitQualityMin":0.3,"unjudgedMinStayMs":5000},"minCoverage":0.8,"missed":0.0025,"terminalConfirmed":false,',
  '"uncertaintyMs":5000,"window":{"from":177,"to":177}},"reversed":false,"schema":1,"setlId":"SH411","settlementId":"","totalFen":,"visitKey":"visit:H411:MH411"}',
].join('');
