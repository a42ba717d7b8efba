package org.jacobi.layers.vision;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

import org.jacobi.layers.data.DataException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * What a VOC file says about an image.
 *
 * @param file   the XML file
 * @param image  the image's file name
 * @param things what is in the image
 */
public record VocAnnotation(Path file, String image, List<Thing> things) {
    /**
     * Something in an image; pixels count from 1, and both ends belong to the box.
     *
     * @param name      its class
     * @param difficult whether it is marked as hard to recognize
     */
    public record Thing(String name, float xmin, float ymin, float xmax, float ymax, boolean difficult) {
    }

    /** Copies the list. */
    public VocAnnotation {
        things = List.copyOf(things);
    }

    /**
     * Reads a file. Documents with a type declaration are refused: entities can read other files and fill the memory.
     *
     * @throws DataException if the file is no XML, or lacks what makes an annotation
     */
    public static VocAnnotation read(Path file) {
        Element root;
        try (InputStream in = Files.newInputStream(file)) {
            root = parser().parse(in).getDocumentElement();
        } catch (SAXParseException e) {
            throw new DataException(file + ": line " + e.getLineNumber() + ", column " + e.getColumnNumber()
                    + ": is no XML that can be read: " + e.getMessage(), e);
        } catch (SAXException | IOException e) {
            throw new DataException(file + ": cannot be read: " + e, e);
        }
        if (!root.getTagName().equals("annotation")) {
            throw new DataException(file + ": begins with <" + root.getTagName() + ">, expected <annotation>");
        }
        List<Thing> things = new ArrayList<>();
        for (Element object : children(root, "object")) {
            String place = "<object> " + things.size();
            Element box = only(file, object, "bndbox", place);
            Thing thing = new Thing(text(file, object, "name", place), number(file, box, "xmin", place),
                    number(file, box, "ymin", place), number(file, box, "xmax", place),
                    number(file, box, "ymax", place),
                    children(object, "difficult").stream().anyMatch(e -> e.getTextContent().strip().equals("1")));
            if (!(thing.xmin <= thing.xmax && thing.ymin <= thing.ymax)) {
                throw new DataException(file + ": " + place + " has a box from (" + thing.xmin + ", " + thing.ymin
                        + ") to (" + thing.xmax + ", " + thing.ymax + "), whose ends are in the wrong order");
            }
            things.add(thing);
        }
        return new VocAnnotation(file, text(file, root, "filename", "<annotation>"), things);
    }

    private static DocumentBuilder parser() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder parser = factory.newDocumentBuilder();
            parser.setErrorHandler(new Strict());
            return parser;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the JDK's XML parser lacks a setting that it must have", e);
        }
    }

    /** The default prints errors. */
    private static final class Strict implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {
            // a warning leaves the document as it is
        }

        @Override
        public void error(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                children.add(element);
            }
        }
        return children;
    }

    private static Element only(Path file, Element parent, String name, String place) {
        List<Element> found = children(parent, name);
        if (found.size() != 1) {
            throw new DataException(file + ": " + place + " has " + found.size() + " <" + name + ">, expected 1");
        }
        return found.get(0);
    }

    private static String text(Path file, Element parent, String name, String place) {
        String text = only(file, parent, name, place).getTextContent().strip();
        if (text.isEmpty()) {
            throw new DataException(file + ": the <" + name + "> of " + place + " is empty");
        }
        return text;
    }

    private static float number(Path file, Element parent, String name, String place) {
        String text = text(file, parent, name, place);
        try {
            float number = Float.parseFloat(text);
            if (Float.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new DataException(file + ": the <" + name + "> of " + place + " is \"" + text + "\", expected a number");
    }
}
