package localfhir;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import ca.uhn.fhir.validation.ValidationResult;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/** The offline validator: base R4 plus the given conformance resources. Safe for several threads. */
public final class Engine {

    /** What a run of the validator is set to. */
    public static final class Settings {
        public IValidationSupport.IssueSeverity unknownCodeSystem = IValidationSupport.IssueSeverity.WARNING;
        public BestPracticeWarningLevel bestPractice = BestPracticeWarningLevel.Ignore;
        public boolean terminology = true;
        public boolean errorForUnknownProfiles = true;
        public boolean anyExtensions = true;
    }

    /** One finding, flat, for printing. */
    public record Issue(
            String severity, String location, Integer line, Integer column, String messageId, String message) {}

    /** The outcome of one resource. */
    public record Outcome(String resourceType, List<Issue> issues, ValidationResult result) {
        public long count(String severity) {
            return issues.stream().filter(i -> i.severity().equals(severity)).count();
        }

        public long errors() {
            return count("error") + count("fatal");
        }
    }

    private static final Pattern XML_TYPE = Pattern.compile("<([A-Z][A-Za-z]+)[\\s>/]");

    private final FhirContext context;
    private final FhirValidator validator;

    public Engine(FhirContext context, List<Resource> conformance, Settings settings) {
        this.context = context;

        PrePopulatedValidationSupport given = new PrePopulatedValidationSupport(context);
        conformance.forEach(given::addResource);
        InMemoryTerminologyServerValidationSupport inMemory = new InMemoryTerminologyServerValidationSupport(context);
        UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
        unknown.setNonExistentCodeSystemSeverity(settings.unknownCodeSystem);

        ValidationSupportChain chain = new ValidationSupportChain(
                given,
                new DefaultProfileValidationSupport(context),
                new CommonCodeSystemsTerminologyService(context),
                inMemory,
                new SnapshotGeneratingValidationSupport(context),
                unknown);
        // FHIR: a concept is in a value set when one of its codings is.
        chain.setCodeableConceptValidationSuccessfulIfNotAllCodingsAreValid(true);

        FhirInstanceValidator module = new FhirInstanceValidator(chain);
        module.setBestPracticeWarningLevel(settings.bestPractice);
        module.setNoTerminologyChecks(!settings.terminology);
        module.setErrorForUnknownProfiles(settings.errorForUnknownProfiles);
        module.setAnyExtensionsAllowed(settings.anyExtensions);
        module.setAssumeValidRestReferences(true);
        this.validator = context.newValidator().registerValidatorModule(module);
    }

    public FhirContext context() {
        return context;
    }

    /** Validates the text of one resource against base R4, its own meta.profile and the given profiles. */
    public Outcome validate(String text, List<ProfileRule> rules) {
        String clean = Texts.withoutBom(text);
        String type = resourceType(clean);
        ValidationOptions options = new ValidationOptions();
        rules.stream().filter(rule -> rule.appliesTo(type)).forEach(rule -> options.addProfile(rule.url()));
        ValidationResult result;
        try {
            result = validator.validateWithResult(clean, options);
        } catch (RuntimeException e) {
            return unreadable(type, e.getMessage());
        }
        List<Issue> issues = result.getMessages().stream().map(Engine::issue).toList();
        return new Outcome(type, issues, result);
    }

    /** The outcome for something that could not be read at all. */
    public Outcome unreadable(String type, String message) {
        SingleValidationMessage fatal = new SingleValidationMessage();
        fatal.setSeverity(ResultSeverityEnum.FATAL);
        fatal.setMessage(message);
        ValidationResult result = new ValidationResult(context, List.of(fatal));
        return new Outcome(type, List.of(issue(fatal)), result);
    }

    private static Issue issue(SingleValidationMessage m) {
        String severity = m.getSeverity() == null ? "information" : m.getSeverity().getCode();
        return new Issue(
                severity,
                m.getLocationString(),
                m.getLocationLine(),
                m.getLocationCol(),
                m.getMessageId(),
                m.getMessage());
    }

    /** The type that a resource's text names at its top level, or "" where it names none. */
    static String resourceType(String text) {
        if (!Texts.isJson(text)) {
            Matcher matcher = XML_TYPE.matcher(text);
            return matcher.find() ? matcher.group(1) : "";
        }
        try {
            JsonElement root = JsonParser.parseString(text);
            JsonElement type = root.isJsonObject() ? root.getAsJsonObject().get("resourceType") : null;
            return type != null && type.isJsonPrimitive() ? type.getAsString() : "";
        } catch (JsonParseException e) {
            return "";
        }
    }
}
