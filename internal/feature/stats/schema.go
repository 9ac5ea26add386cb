package stats

// schema describes the JSON of "show stat json" and "show info json". JSON
// Schema draft 4; the names are those of appendField.
const schema = `{"$schema":"http://json-schema.org/draft-04/schema#","oneOf":[` +
	`{"title":"Info","type":"array","items":{"$ref":"#/definitions/item"}},` +
	`{"title":"Stat","type":"array","items":{"type":"array","items":{"allOf":[{"$ref":"#/definitions/item"},` +
	`{"properties":{"objType":{"enum":["Frontend","Backend","Listener","Server"]},` +
	`"proxyId":{"type":"integer","minimum":0},"id":{"type":"integer","minimum":0}},"required":["objType","proxyId","id"]}]}}},` +
	`{"title":"Error","type":"object","properties":{"errorStr":{"type":"string"}},"required":["errorStr"]}],` +
	`"definitions":{"item":{"type":"object","required":["field","processNum","tags","value"],"properties":{` +
	`"field":{"type":"object","required":["pos","name"],"properties":{"pos":{"type":"integer","minimum":0},"name":{"type":"string"}}},` +
	`"processNum":{"type":"integer","minimum":1},` +
	`"tags":{"type":"object","required":["origin","nature","scope"],"properties":{` +
	`"origin":{"enum":["Metric","Status","Key","Config","Product"]},` +
	`"nature":{"enum":["Gauge","Limit","Min","Max","Rate","Counter","Duration","Age","Time","Name","Output","Avg"]},` +
	`"scope":{"enum":["Cluster","Process","Service","System"]}}},` +
	`"value":{"type":"object","required":["type","value"],"properties":{` +
	`"type":{"enum":["s32","s64","u32","u64","str"]},"value":{"type":["integer","string"]}}}}}}}`
