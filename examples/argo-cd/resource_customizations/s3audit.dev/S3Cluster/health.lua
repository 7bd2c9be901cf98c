-- As kstatus sees it: Stalled is Degraded, and a resource that is not Ready otherwise is Progressing, for it is tried again.
-- Conditions follow kstatus, with status.observedGeneration, which is -1 before the operator's first look.
local health = { status = "Progressing", message = "Waiting for s3-audit-operator" }

if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Waiting until no S3AuditWebhook refers to it"
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

if isTrue("Stalled") then
  health.status = "Degraded"
  health.message = conditions.Stalled.reason .. ": " .. conditions.Stalled.message
elseif conditions.Ready ~= nil then
  if isTrue("Ready") and not isTrue("Reconciling") then
    health.status = "Healthy"
  end
  health.message = conditions.Ready.reason .. ": " .. conditions.Ready.message
end

return health
