-- As kstatus sees it: Stalled is Degraded, and a resource that is not Ready otherwise is Progressing, for it is tried again.
-- A target that is away is therefore Progressing; one that refuses the events is Degraded. Conditions follow kstatus, with
-- status.observedGeneration, which is -1 before the operator's first look.
local health = { status = "Progressing", message = "Waiting for s3-audit-operator" }

if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Waiting for the webhook to be taken off the S3 cluster"
  return health
end

if obj.status == nil or obj.status.conditions == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end

local function isTrue(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

if isTrue("Suspended") then
  health.status = "Suspended"
  health.message = conditions.Suspended.message
elseif isTrue("Stalled") then
  health.status = "Degraded"
  health.message = conditions.Stalled.reason .. ": " .. conditions.Stalled.message
elseif conditions.Ready ~= nil then
  if isTrue("Ready") and not isTrue("Reconciling") then
    health.status = "Healthy"
  end
  health.message = conditions.Ready.reason .. ": " .. conditions.Ready.message
end

return health
