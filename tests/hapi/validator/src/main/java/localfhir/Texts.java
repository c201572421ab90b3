package localfhir;

/** Small functions on text. */
public final class Texts {

    private Texts() {}

    /** True when the text's first significant character says JSON rather than XML. */
    public static boolean isJson(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\uFEFF' || Character.isWhitespace(c)) {
                continue;
            }
            return c != '<';
        }
        return true;
    }

    /** Text without a byte order mark. */
    public static String withoutBom(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
